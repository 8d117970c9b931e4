import xterm from '@xterm/headless';
import { describe, expect, it } from 'vitest';
import { Painter } from '../../../src/ui/terminal/painter.js';

const BODY = { x: 2, y: 1, width: 6, height: 2 };

/** What a terminal shows after these bytes, a string for each row. */
function shown(bytes: string, columns = 10, rows = 4): Promise<string[]> {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  return new Promise((done) =>
    terminal.write(`\x1b[?7l${bytes}`, () =>
      done(
        Array.from({ length: rows }, (_, y) => terminal.buffer.active.getLine(y)?.translateToString().trimEnd() ?? ''),
      ),
    ),
  );
}

function painted(): Painter {
  const painter = new Painter(10, 4);
  painter.setFrame(['0123456789', '', '', 'last']);
  painter.setRegion('body', BODY);
  painter.setLines('body', ['ab', 'cdefghij']);
  return painter;
}

describe('Painter', () => {
  it('draws the frame, and regions on top of it, cut and filled to their width', async () => {
    expect(await shown(painted().paint())).toEqual(['0123456789', '  ab', '  cdefgh', 'last']);
  });

  it('sends nothing when nothing changed', () => {
    const painter = painted();
    painter.paint();
    expect(painter.paint()).toBe('');
  });

  it('sends the changed line alone, in one synchronized update', () => {
    const painter = painted();
    painter.paint();
    painter.setLines('body', ['ab', 'X']);
    expect(painter.paint()).toBe('\x1b[?2026h\x1b[3;3H\x1b[0mX     \x1b[0m\x1b[?2026l');
  });

  it('erases a frame line before it writes it: after a full line the cursor is still on the last column', () => {
    expect(painted().paint()).toContain('\x1b[1;1H\x1b[0m\x1b[K0123456789');
  });

  it('paints a region again when the frame below it changed', async () => {
    const painter = painted();
    const first = painter.paint();
    painter.setFrame(['0123456789', 'frame', '', 'last']);
    expect(await shown(first + painter.paint())).toEqual(['0123456789', 'frab', '  cdefgh', 'last']);
  });

  it('uncovers the frame when a region moves or goes', async () => {
    const painter = painted();
    let bytes = painter.paint();
    painter.setRegion('body', { ...BODY, y: 2, height: 1 });
    bytes += painter.paint();
    expect(await shown(bytes)).toEqual(['0123456789', '', '  ab', 'last']);
    painter.removeRegion('body');
    bytes += painter.paint();
    expect(await shown(bytes)).toEqual(['0123456789', '', '', 'last']);
  });

  it('erases and paints everything after a reset, and nothing outside a smaller terminal', async () => {
    const painter = painted();
    painter.paint();
    painter.reset(5, 2);
    const bytes = painter.paint();
    expect(bytes).toContain('\x1b[2J');
    expect(bytes).not.toContain('\x1b[3;');
    expect(await shown(bytes, 5, 2)).toEqual(['01234', '  ab']);
  });

  it('does not break on a region that is wholly outside', () => {
    const painter = new Painter(4, 1);
    painter.setRegion('gone', { x: 9, y: 9, width: 3, height: 3 });
    painter.setLines('gone', ['abc']);
    expect(painter.paint()).not.toContain('abc');
  });
});
