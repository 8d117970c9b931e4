import { describe, expect, it } from 'vitest';
import { ISSUE, PACKET_TYPE, RECORD_FLAGS } from '../../../../src/core/native/abi.gen.js';
import { type Decoded, NOTHING_KNOWN } from '../../../../src/core/quic/decoded.js';
import { RecordView } from '../../../../src/core/recorder/record.js';
import { Clock } from '../../../../src/core/text/format.js';
import {
  COLUMN_IDS,
  DEFAULT_COLUMNS,
  NARROW,
  packetColumns,
  type Widths,
  widened,
} from '../../../../src/ui/capture/table/packet-columns.js';
import { type Column, columnAt, headLine, layOutColumns, rowLine } from '../../../../src/ui/table/columns.js';
import { columnsOf } from '../../../../src/ui/terminal/text.js';
import { THEMES, Theme } from '../../../../src/ui/theme/theme.js';
import { type FakePacket, FakeRecorder } from '../../../support/fake-recorder.js';

const dark = Theme.of({ TERM: 'xterm-256color' });
const mono = Theme.of({ TERM: 'xterm-256color', NO_COLOR: '1' });
const clock = new Clock(1_763_812_800_000_000_000n);
const CIDV1 = '01330011399a8b7c6d5e4f3021';

function viewOf(packet: Partial<FakePacket>): RecordView {
  const fake = new FakeRecorder();
  fake.add({ time: 123_456_789, ...packet });
  const view = new RecordView();
  fake.recorder.lanes[0]?.load(0, view);
  return view;
}

const hello: Decoded = { ...NOTHING_KNOWN, sni: 'api.example', alpn: ['h3'], trust: 'server' };

function columnsFor(wide: Widths, ids: readonly string[] = DEFAULT_COLUMNS): Column<RecordView>[] {
  const all = packetColumns(wide, { clock, decodedOf: () => hello });
  return ids.map((id) => all.find((column) => column.id === id) as Column<RecordView>);
}

const columnsOfList = (wide: Partial<Widths> = {}, ids?: readonly string[]) =>
  columnsFor({ endpoint: 0, versions: false, ...wide }, ids);

function row(width: number, packet: Partial<FakePacket>, theme = mono, ids?: readonly string[]): string {
  const view = viewOf(packet);
  // Known are then the places of the columns, and how wide the addresses are.
  const narrow = layOutColumns(columnsFor(NARROW, ids), width);
  const widths = { ...widened(NARROW, narrow, [view]), versions: false };
  return rowLine(layOutColumns(columnsFor(widths, ids), width), view, theme);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: SGR sequences start with ESC
const plain = (line: string) => line.replaceAll(/\x1b\[[0-9;]*m/g, '');

describe('layOutColumns', () => {
  it.each([40, 60, 80, 120, 140, 200])('never takes more than %i columns, and the head fits the rows', (width) => {
    for (const wide of [false, true]) {
      const layout = layOutColumns(columnsOfList({ endpoint: wide ? 47 : 15, versions: wide }), width);
      const line = rowLine(layout, viewOf({ dcid: CIDV1, backend: 17 }), dark);
      expect(columnsOf(line)).toBeLessThanOrEqual(width);
      expect(columnsOf(line)).toBe(headLine(layout).length);
    }
  });

  it('gives up what matters least first', () => {
    const titles = (width: number) => headLine(layOutColumns(columnsOfList(), width)).split(/ +/).join(' ').trim();
    expect(titles(36)).toBe('TYPE DCID BACKEND');
    // Of a terminal of 80 columns.
    expect(titles(76)).toBe('TIME UTC DESTINATION TYPE DCID BACKEND INFO');
    expect(titles(104)).toBe('TIME UTC SOURCE DESTINATION TYPE DCID BACKEND Q LEN INFO');
    expect(titles(116)).toBe('TIME UTC SOURCE DESTINATION TYPE VER DCID BACKEND Q LEN INFO');
    expect(titles(5)).toBe('');
  });

  it('knows which column is where, and marks the one that is sorted by', () => {
    const layout = layOutColumns(columnsOfList(), 119);
    const head = headLine(layout, { column: 'length', descending: true });
    expect(head).toContain('LEN▼');
    expect(headLine(layout, { column: 'version', descending: false })).toContain(' VE▲ ');
    for (const { column } of layout.places) {
      if (column.id !== 'length') expect(columnAt(layout, head.indexOf(column.title))?.id).toBe(column.id);
    }
    expect(columnAt(layout, head.indexOf('SOURCE') - 1)).toBeNull();
    expect(columnAt(layout, 500)).toBeNull();
  });
});

describe('a row', () => {
  it('shows all that is known', () => {
    const packet = { dcid: CIDV1, backend: 17, type: PACKET_TYPE.TYPE_HANDSHAKE, packetLength: 142 };
    expect(plain(row(230, packet)).trimEnd().split(/ {2,}/)).toEqual([
      '12:00:00.123456',
      '10.0.0.2:50000',
      '10.0.0.1:4433',
      'Handshake',
      'v1',
      '01 33 0011 399a8b7c6d5e4f3021',
      '17',
      '17',
      '142',
      'api.example h3',
    ]);
  });

  it('marks what is not known', () => {
    expect(plain(row(160, { dcid: '', type: 0 }))).toMatch(/unknown +v1 +· +· +· +1200 /);
  });

  it('shows a short header, which has no version and no SCID', () => {
    const packet = { dcid: CIDV1, backend: 17, type: PACKET_TYPE.TYPE_1RTT, version: 0, scid: '' };
    expect(plain(row(160, packet))).toMatch(/ 1-RTT +· +01 33 0011 399a/);
    expect(row(160, packet, dark)).toContain(dark.paint('oneRtt', '1-RTT     '));
    expect(widened(NARROW, layOutColumns(columnsFor(NARROW), 160), [viewOf(packet)]).versions).toBe(false);
  });

  it('shows IPv6 addresses whole', () => {
    const src = [0xfd, 0x77, ...Array(13).fill(0), 2];
    expect(plain(row(200, { src, dst: src }))).toContain('[fd77::2]:50000');
  });

  it('cuts a long DCID visibly', () => {
    expect(plain(row(80, { dcid: 'ab'.repeat(20) }))).toContain('…');
  });

  it('colours the CID version and the backend bytes of a decoded DCID, and of no other', () => {
    const line = row(160, { dcid: CIDV1, backend: 17 }, dark);
    expect(line).toContain(dark.paint('cidVersion', '01'));
    expect(line).toContain(dark.paint('cidBackend', '0011'));
    expect(row(160, { dcid: CIDV1 }, dark)).not.toContain(dark.paint('cidVersion', '01'));
    // A server's packet: the backend was read from its SCID, and the arrow says so.
    const sent = row(160, { dcid: CIDV1, backend: 17, flags: RECORD_FLAGS.RECORD_FROM_WATCHED }, dark);
    expect(sent).not.toContain(dark.paint('cidVersion', '01'));
    expect(sent).toContain(dark.paint('cidBackend', '    ←17'));
    expect(line).toContain(dark.paint('cidBackend', '     17'));
    // Whom nobody is known to have put there.
    const [unproven] = packetColumns(NARROW, { clock, decodedOf: () => ({ ...hello, trust: 'unknown' }) }).filter(
      ({ id }) => id === 'backend',
    );
    const view = viewOf({ dcid: CIDV1, backend: 17 });
    expect(unproven?.text(view, 7)).toBe('?17');
    expect(unproven?.paint?.('?17', view, dark)).toBe(dark.paint('dim', '?17'));
  });

  it('shows where a packet goes before where it comes from, and an address without its port where there is no room', () => {
    const dst = [100, 100, 100, 200];
    expect(plain(row(76, { dst }))).toContain(' 100.100.100.200 ');
    expect(plain(row(76, { dst }))).not.toContain('10.0.0.2');
    expect(plain(row(116, { dst }))).toMatch(/ 10\.0\.0\.2:50000 +100\.100\.100\.200:4433 /);
  });
});

describe('all columns', () => {
  const ids = packetColumns({ endpoint: 0, versions: false }, { clock, decodedOf: () => hello }).map(({ id }) => id);

  it('have names of their own, and the default ones are among them', () => {
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(COLUMN_IDS);
    for (const id of DEFAULT_COLUMNS) expect(ids).toContain(id);
  });

  it.each([
    ['frame', {}, '1'],
    ['vlan', {}, '·'],
    ['scid', { scid: 'aabb' }, 'aabb'],
    ['trust', {}, 'server'],
    ['rx_queue', { rxQueue: 3 }, '3'],
    ['token', { tokenLength: 77 }, '77'],
    ['ja4', {}, '·'],
  ])('%s', (id, packet, text) => {
    expect(plain(row(100, packet, mono, [id])).trim()).toBe(text);
  });

  it('show the backend bytes of the SCID, which the server chose, in its packets', () => {
    const packet = { scid: CIDV1, backend: 17, flags: RECORD_FLAGS.RECORD_FROM_WATCHED };
    const line = row(100, packet, dark, ['scid']);
    expect(line).toContain(dark.paint('cidBackend', '0011'));
  });

  it('say what is wrong with a packet', () => {
    const line = row(200, { issues: ISSUE.ISSUE_LENGTH_BEYOND_DATAGRAM }, dark, ['info']);
    expect(plain(line).trim()).toBe('api.example h3 length_beyond_datagram');
    expect(line).toContain('\x1b[38;5;221m');
  });

  it('say why a connection was closed, in the colour of a warning when it failed', () => {
    const view = viewOf({});
    const infoOf = (errorCode: bigint, reason: string) => {
      const decodedOf = () => ({ ...NOTHING_KNOWN, close: { errorCode, frameType: 0, reason } });
      const [info] = packetColumns(NARROW, { clock, decodedOf }).filter(({ id }) => id === 'info');
      const text = info?.text(view, 60) ?? '';
      return [text, info?.paint?.(text, view, dark) !== text];
    };
    expect(infoOf(0x178n, 'no application protocol')).toEqual(['CLOSE 0x178 no application protocol', true]);
    expect(infoOf(0x178n, '')).toEqual(['CLOSE 0x178 no_application_protocol', true]);
    expect(infoOf(0x1234n, '')).toEqual(['CLOSE 0x1234', true]);
    expect(infoOf(0n, '')).toEqual(['CLOSE 0x00 NO_ERROR', false]);
  });

  it('sort by numbers where they are numbers', () => {
    const [length] = columnsOfList({}, ['length']);
    expect(length?.value?.(viewOf({ packetLength: 1200 }))).toBe(1200);
  });
});

describe('Theme', () => {
  it('is chosen by name, and by what the terminal says of itself', () => {
    expect(Theme.of({ TERM: 'xterm-256color', COLORFGBG: '0;15' }).name).toBe('light');
    expect(Theme.of({ TERM: 'xterm-256color', COLORFGBG: '15;0' }).name).toBe('dark');
    expect(Theme.of({ TERM: 'xterm-256color', NO_COLOR: '1' }, 'light').name).toBe('light');
    expect(THEMES).toEqual(['auto', '16', 'dark', 'light', 'none']);
  });

  it('ends what a role began, and nothing else', () => {
    expect(dark.paint('highlight', 'x')).toBe('\x1b[38;5;231;48;5;24mx\x1b[39;49m');
    expect(dark.paint('brand', 'x')).toBe('\x1b[1;38;5;75mx\x1b[22;39m');
  });

  it('uses no colour with NO_COLOR, 16 on a plain terminal, 256 where there are', () => {
    expect(mono.paint('initial', 'x')).toBe('x');
    expect(mono.paint('cidVersion', 'x')).toBe('\x1b[4mx\x1b[24m');
    expect(Theme.of({ TERM: 'linux' }).paint('initial', 'x')).toBe('\x1b[32mx\x1b[39m');
    expect(dark.paint('initial', 'x')).toBe('\x1b[38;5;114mx\x1b[39m');
    expect(Theme.of({ TERM: 'linux', NO_COLOR: '' }).paint('good', 'x')).toBe('\x1b[32mx\x1b[39m');
  });

  it('keeps colours off an inverse row', () => {
    expect(Theme.of({ TERM: 'linux' }).selected('\x1b[32mx\x1b[39m')).toBe('\x1b[7mx\x1b[27m');
  });
});
