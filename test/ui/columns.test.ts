import { describe, expect, it } from 'vitest';
import { PACKET_TYPE, RECORD_FLAGS } from '../../src/core/abi.gen.js';
import { Clock } from '../../src/core/format.js';
import { RecordView } from '../../src/core/record.js';
import { headLine, layOutColumns, packetColumns, rowLine } from '../../src/ui/columns.js';
import { columnsOf } from '../../src/ui/text.js';
import { Theme } from '../../src/ui/theme.js';
import { type FakePacket, FakeRecorder } from '../support/fake-recorder.js';

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

const info = () => 'api.example h3';

function row(width: number, packet: Partial<FakePacket>, theme = mono): string {
  const view = viewOf(packet);
  return rowLine(
    layOutColumns(packetColumns({ addresses: view.ipVersion === 6, versions: false }, info), width),
    view,
    clock,
    theme,
  );
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: SGR sequences start with ESC
const plain = (line: string) => line.replaceAll(/\x1b\[[0-9;]*m/g, '');

describe('layOutColumns', () => {
  it.each([40, 60, 80, 120, 140, 200])('never takes more than %i columns, and the head fits the rows', (width) => {
    for (const wide of [false, true]) {
      const layout = layOutColumns(packetColumns({ addresses: wide, versions: wide }, info), width);
      const line = rowLine(layout, viewOf({ dcid: CIDV1, backend: 17 }), clock, dark);
      expect(columnsOf(line)).toBeLessThanOrEqual(width);
      expect(columnsOf(line)).toBe(headLine(layout).length);
    }
  });

  it('gives up what matters least first', () => {
    const titles = (width: number) =>
      headLine(layOutColumns(packetColumns({ addresses: false, versions: false }, info), width))
        .split(/ +/)
        .join(' ')
        .trim();
    expect(titles(36)).toBe('TYPE DCID BACKEND Q');
    expect(titles(76)).toBe('TIME SOURCE TYPE DCID BACKEND Q LEN');
    expect(titles(118)).toBe('TIME SOURCE DESTINATION TYPE VER DCID BACKEND Q LEN');
    expect(titles(119)).toBe('TIME SOURCE DESTINATION TYPE VER DCID BACKEND Q LEN INFO');
    expect(titles(5)).toBe('');
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
    // A server's packet: the backend was read from its SCID.
    const sent = row(160, { dcid: CIDV1, backend: 17, flags: RECORD_FLAGS.RECORD_FROM_WATCHED }, dark);
    expect(sent).not.toContain(dark.paint('cidVersion', '01'));
  });
});

describe('Theme', () => {
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
