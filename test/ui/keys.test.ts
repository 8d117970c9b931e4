import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { startExport } from '../../src/export-job.js';
import { keyNames } from '../../src/ui/key-names.js';
import { KEYS, keysMarkdown, press } from '../../src/ui/keys.js';
import { Model } from '../../src/ui/model.js';
import { FakeRecorder, fakeCapture } from '../support/fake-recorder.js';
import { InProcessAnalysis } from '../support/in-process-analysis.js';

const options = {
  ports: [4433],
  exportDir: '/nowhere/at/all',
  filterText: '',
};

let fake: FakeRecorder;
let model: Model;
let analysis: InProcessAnalysis;
let now: number;
const quit = vi.fn();
const suspend = vi.fn();

function type(...keys: string[]): void {
  for (const key of keys) press(model, key);
}

function shownTimes(): number[] {
  const { views, length } = model.viewport;
  return views.slice(0, length).map(({ time }) => time);
}

beforeEach(() => {
  now = 0;
  vi.resetAllMocks();
  fake = new FakeRecorder();
  for (let time = 0; time < 30; time++) {
    fake.add({ time, dcid: `01ff00${time % 2 ? '11' : '22'}aabbccdd`, ...(time % 2 ? { backend: 17 } : {}) });
  }
  analysis = new InProcessAnalysis(fake.recorder, null);
  model = new Model(
    fakeCapture(fake.recorder),
    { ...options, analysis },
    { now: () => now, quit, suspend, export: startExport },
  );
  model.viewport.resize(10);
  model.tick();
});

describe('the key table', () => {
  it('gives no key to two actions', () => {
    const keys = KEYS.flatMap((binding) => binding.keys);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('is what the README lists', () => {
    const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
    const block = /<!-- keys -->\n([\s\S]*?)\n<!-- \/?keys -->/.exec(readme)?.[1]?.trim();
    expect(block, `put this between the <!-- keys --> markers of README.md:\n\n${keysMarkdown()}\n`).toBe(
      keysMarkdown(),
    );
  });
});

describe('keys', () => {
  it('take a filter that looks into packets, and wait for their analysis', () => {
    model.setFilter('decrypted == false');
    model.tick();
    expect(model.list.count).toBe(0);
    analysis.step();
    model.tick();
    expect(model.list.count).toBe(30);
  });

  it('filter by the selected row, and clear', () => {
    type('b');
    expect(model.filterText).toBe('backend == 17');
    expect(shownTimes().slice(-3)).toEqual([25, 27, 29]);
    type('x', 'k', 'd');
    expect(model.filterText).toBe('dcid == 01ff0022aabbccdd');
    expect(shownTimes().slice(-3)).toEqual([24, 26, 28]);
    type('x');
    expect(model.filterText).toBe('');
    expect(model.list.count).toBe(30);
  });

  it('say why they cannot act', () => {
    type('x');
    expect(model.message).toEqual(expect.objectContaining({ kind: 'refused', text: 'x: there is no filter' }));
    type('k', 'b');
    expect(model.message?.text).toBe('b: no backend can be read from the selected packet');
    type('f', 'f');
    expect(model.message?.text).toBe('f: the newest packet is being followed');
    type('/', ...'backend == 99', 'enter', 'e');
    expect(model.message?.text).toBe('e: no packet matches: there is nothing to export');
    now += 60_000;
    expect(model.message).toBeNull();
  });

  it('open the filter editor, which keeps the line and says what is wrong with it', () => {
    type('/', ...'zz', 'enter');
    expect(model.editor?.error).toContain('unknown field "zz"');
    expect(model.filterText).toBe('');
    type('backspace', 'backspace', ...'01ff', 'enter');
    expect(model.editor).toBeNull();
    expect(model.filterText).toBe('01ff');
    type('/', ...'aa', 'esc');
    expect(model.filterText).toBe('01ff');
  });

  it('are text while a filter is typed, but for ctrl+c', () => {
    type('/', ...'q?x');
    expect(quit).not.toHaveBeenCalled();
    expect(model.editor?.line.text).toBe('q?x');
    type('ctrl+c');
    expect(quit).toHaveBeenCalledOnce();
  });

  it('select: the row moves, then the list', () => {
    type('k', 'k');
    expect(model.viewport.selected?.time).toBe(27);
    expect(shownTimes()).toEqual([20, 21, 22, 23, 24, 25, 26, 27, 28, 29]);
    type('pgup');
    expect(model.viewport.selected?.time).toBe(18);
    expect(shownTimes()).toEqual([18, 19, 20, 21, 22, 23, 24, 25, 26, 27]);
    type('j');
    expect(model.viewport.selected?.time).toBe(19);
    type('g');
    expect(model.viewport.selected?.time).toBe(0);
    expect(shownTimes()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    type('pgdn', 'pgdn');
    expect(model.viewport.selected?.time).toBe(18);
    type('G');
    expect(shownTimes()).toEqual([20, 21, 22, 23, 24, 25, 26, 27, 28, 29]);
  });

  it('keep the selected packet in its row while new ones come, until it is followed again', () => {
    type('k', 'k', 'k');
    fake.add({ time: 100 });
    model.tick();
    expect(model.viewport.selected?.time).toBe(26);
    expect(shownTimes()).toEqual([20, 21, 22, 23, 24, 25, 26, 27, 28, 29]);
    type('f');
    expect(shownTimes().at(-1)).toBe(100);
  });

  it('say that the selected packet was overwritten', () => {
    type('g');
    for (let time = 100; time < 150; time++) fake.add({ time });
    model.tick();
    expect(model.message?.text).toContain('was overwritten');
    expect(model.viewport.selected?.time).toBe(16);
  });

  it('pause: the view stands still, even when its packets are overwritten, and goes on', () => {
    const before = shownTimes();
    type('space');
    for (let time = 100; time < 200; time++) fake.add({ time });
    model.tick();
    expect(model.sincePause).toBe(100);
    expect(shownTimes()).toEqual(before);
    expect(model.list.holds(model.viewport.views[0] as never)).toBe(false);
    type('p');
    model.tick();
    expect(shownTimes().at(-1)).toBe(199);
  });

  it('quit, suspend and help', () => {
    type('q', 'ctrl+z', '?');
    expect([quit.mock.calls.length, suspend.mock.calls.length, model.help]).toEqual([1, 1, true]);
    type('esc');
    expect(model.help).toBe(false);
  });

  it('export: a failure is a message', async () => {
    type('e');
    expect(model.exporting).toBe(true);
    await vi.waitFor(() => expect(model.exporting).toBe(false));
    expect(model.message?.kind).toBe('failed');
    expect(model.message?.text).toMatch(/^cannot write .*: the folder does not exist \(ENOENT\) - create it/);
  });
});

describe('keyNames', () => {
  const none = {} as Parameters<typeof keyNames>[1];
  it.each([
    ['jj', none, ['j', 'j']],
    [' ', none, ['space']],
    ['backend\r', none, [...'backend', 'enter']],
    ['c', { ...none, ctrl: true }, ['ctrl+c']],
    ['', { ...none, pageDown: true }, ['pgdn']],
    ['', { ...none, delete: true }, ['backspace']],
    ['a\x03', none, ['a', 'ctrl+c']],
  ])('%j', (input, key, names) => {
    expect(keyNames(input, key)).toEqual(names);
  });
});
