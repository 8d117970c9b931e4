// Keys and the mouse, down to what they do: the screen without a terminal.
import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { ScreenSource } from '../../src/core/capture/source.js';
import type { ExportRequest, ExportResult } from '../../src/core/export/export-job.js';
import { QuicTopError } from '../../src/core/text/errors.js';
import { KEYS } from '../../src/ui/capture/keys.js';
import type { CaptureModel } from '../../src/ui/capture/model/capture-model.js';
import { HeatPane } from '../../src/ui/capture/panes/heat.js';
import type { CaptureWorkspace } from '../../src/ui/capture/workspace.js';
import { keyTitle, MOUSE } from '../../src/ui/key-binding.js';
import type { Model } from '../../src/ui/model/model.js';
import { footerLines, hintAt } from '../../src/ui/panes/footer.js';
import type { Pane } from '../../src/ui/panes/pane.js';
import { tabPlaces, tabsLine } from '../../src/ui/panes/tabs.js';
import { Theme } from '../../src/ui/theme/theme.js';
import { captureWorkspace } from '../support/capture-workspace.js';
import { FakeRecorder, fakeSource } from '../support/fake-recorder.js';
import { InProcessAnalysis } from '../support/in-process-analysis.js';
import { cidv1, ethernet, ipv4, longHeader, udp } from '../support/packets.js';
import { drawn, plain } from '../support/panes.js';

const theme = Theme.of({ NO_COLOR: '1' });
const quit = vi.fn();
const suspend = vi.fn();

let fake: FakeRecorder;
let analysis: InProcessAnalysis;
let model: Model;
let capture: CaptureModel;
let workspace: CaptureWorkspace;
let now: number;
let exported: { request: ExportRequest; resolve(result: ExportResult): void; reject(error: Error): void } | null;
const cancel = vi.fn();

/** On another source than `workspace` is. */
const open = (source: ScreenSource) =>
  captureWorkspace(source, analysis, {
    now: () => now,
    host: { quit, suspend },
    startExport: (request) => ({
      done: new Promise((resolve, reject) => {
        exported = { request, resolve, reject };
      }),
      cancel,
    }),
  });

function type(...keys: string[]): void {
  for (const key of keys) workspace.press(key);
}

/** As a terminal of that size would ask for them. */
function draw(columns = 120, rows = 40): string[] {
  model.resize(columns, rows);
  analysis.step();
  workspace.tick();
  // Ten rows of packets.
  return workspace.panes.flatMap((pane) => drawn(pane, { width: columns, height: 13 }, workspace.focused === pane));
}

const footer = () => footerLines(workspace, 120).map(plain);

function shownTimes(): number[] {
  const { views, length } = capture.viewport;
  return views.slice(0, length).map(({ time }) => time);
}

function frameOf(backend: number | null): Uint8Array {
  const dcid = backend === null ? Uint8Array.of(0xff, 1, 2, 3, 4, 5, 6, 7) : cidv1(backend);
  return ethernet(ipv4(udp(longHeader({ dcid, type: 'handshake' }))));
}

function add(time: number, backend: number | null = time % 2 ? 17 : null): void {
  const frame = frameOf(backend);
  const dcid = Buffer.from(frame.subarray(48, 56)).toString('hex');
  const place = { l3Offset: 14, l4Offset: 34, packetOffset: 42, packetLength: frame.length - 42 };
  fake.add({ time, dcid, type: 3, frame, ...place, ...(backend === null ? {} : { backend }) });
}

beforeEach(() => {
  now = 0;
  exported = null;
  vi.resetAllMocks();
  fake = new FakeRecorder({}, 64, 64 * 200);
  for (let time = 0; time < 30; time++) add(time);
  analysis = new InProcessAnalysis(fake.recorder, 3000, () => now);
  const rows = [
    {
      cid: '0133001144454647',
      cidLayout: 1,
      backend: 17,
      packets: 15,
      bytes: 900,
      firstSeen: 1,
      lastSeen: 29,
      shortPackets: 0,
    },
    {
      cid: 'ff01020304050607',
      cidLayout: 0,
      backend: null,
      packets: 14,
      bytes: 800,
      firstSeen: 0,
      lastSeen: 28,
      shortPackets: 0,
    },
  ];
  const cids = () => ({ rows, total: 2, backendCids: new Map([[17, 1]]) });
  workspace = open(fakeSource(fake.recorder, { cids }));
  ({ model, capture } = workspace);
  draw();
  analysis.step();
});

describe('the key table', () => {
  it('gives no key to two actions', () => {
    const keys = KEYS.flatMap((binding) => binding.keys);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('is what the README lists', () => {
    const rows = [
      ...KEYS.map(({ keys, title }) => [keys.map((key) => `\`${keyTitle(key)}\``).join(' '), title]),
      ...MOUSE.map(({ name, title }) => [name, title]),
    ];
    const table = ['| Key | What it does |', '|---|---|', ...rows.map(([keys, title]) => `| ${keys} | ${title} |`)];
    const markdown = table.join('\n');
    const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
    const block = /<!-- keys -->\n([\s\S]*?)\n<!-- \/?keys -->/.exec(readme)?.[1]?.trim();
    expect(block, `put this between the <!-- keys --> markers of README.md:\n\n${markdown}\n`).toBe(markdown);
  });
});

describe('keys', () => {
  it('filter by the selected row, and clear', () => {
    type('b');
    expect(capture.filter.text).toBe('backend == 17');
    expect(shownTimes().slice(-3)).toEqual([25, 27, 29]);
    type('x', 'k', 'd');
    expect(capture.filter.text).toBe('dcid == ff01020304050607');
    expect(shownTimes().slice(-3)).toEqual([24, 26, 28]);
    type('x');
    expect(capture.filter.text).toBe('');
    expect(capture.list.count).toBe(30);
  });

  it.each([
    ['x', 'x: there is no filter'],
    ['f', 'f: the newest packet is being followed'],
    ['left', 'Left: that is for the details of a packet'],
    ['S', 'the packets are in order of time: s sorts them by a column'],
  ])('%s says why it cannot act', (key, text) => {
    type(key);
    expect(model.message).toEqual(expect.objectContaining({ kind: 'refused', text }));
    expect(footer()[0]).toBe(` ${text}`);
    now += 60_000;
    expect(model.message).toBeNull();
    expect(footer()[0]).toContain('q quit');
  });

  it.each([
    [['k', 'b'], 'b: no backend can be read from the selected row'],
    [['/', ...'backend == 99', 'enter', 'e'], 'e: no packet matches: there is nothing to export'],
    [['/', ...'backend == 99', 'enter', 'd'], 'd: no packet is selected'],
    [['space', 'k', 'f'], 'f: the view is paused: space goes on'],
    [['5', 'j'], 'j: there is nothing to select here'],
    [['5', 's'], 's: there is nothing to sort here'],
    [['5', 'tab'], 'Tab: there is one pane'],
    [['5', 'enter'], 'Enter: there is nothing to open here'],
    [['4', 'd'], 'd: no packet is selected'],
  ])('%j: %s', (keys, text) => {
    type(...keys.map((key) => (key === ' ' ? 'space' : key)));
    expect(model.message?.text).toBe(text);
  });

  it('are text while a filter is typed, but for ctrl+c', () => {
    type('/', ...'q?x');
    expect(quit).not.toHaveBeenCalled();
    expect(workspace.filterPrompt.line.text).toBe('q?x');
    type('ctrl+c');
    expect(quit).toHaveBeenCalledOnce();
  });

  it('have room for a long address as soon as it is shown', () => {
    const host = [0x20, 0x01, 0x0d, 0xb8, ...Array(12).fill(0x1a)];
    const address = '[2001:db8:1a1a:1a1a:1a1a:1a1a:1a1a:1a1a]:4433';
    expect(draw(240).join()).not.toContain(address);
    fake.add({ time: 40, type: 3, src: host, dst: host });
    expect(plain(draw(240).join())).toContain(address);
  });

  it('select: the row moves, then the list', () => {
    type('k', 'k');
    expect(capture.viewport.selected?.time).toBe(27);
    expect(shownTimes()).toEqual([20, 21, 22, 23, 24, 25, 26, 27, 28, 29]);
    type('pgup');
    expect(capture.viewport.selected?.time).toBe(18);
    expect(shownTimes()).toEqual([18, 19, 20, 21, 22, 23, 24, 25, 26, 27]);
    type('j');
    expect(capture.viewport.selected?.time).toBe(19);
    type('g');
    expect(shownTimes()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    type('pgdn', 'pgdn');
    expect(capture.viewport.selected?.time).toBe(18);
    type('G');
    expect(shownTimes()).toEqual([20, 21, 22, 23, 24, 25, 26, 27, 28, 29]);
  });

  it('keep the selected packet in its row while new ones come, until it is followed again', () => {
    type('k', 'k', 'k');
    add(100);
    workspace.tick();
    expect(capture.viewport.selected?.time).toBe(26);
    expect(shownTimes()).toEqual([20, 21, 22, 23, 24, 25, 26, 27, 28, 29]);
    type('f');
    expect(shownTimes().at(-1)).toBe(100);
  });

  it('say that the selected packet was overwritten', () => {
    type('g');
    for (let time = 100; time < 150; time++) add(time);
    workspace.tick();
    expect(model.message?.text).toContain('was overwritten');
    expect(capture.viewport.selected?.time).toBe(16);
  });

  it('say it once of a selection', () => {
    type('g');
    for (let time = 100; time < 150; time++) add(time);
    workspace.tick();
    expect(model.message?.text).toContain('was overwritten');
    model.clearMessage();
    for (let time = 150; time < 200; time++) add(time);
    workspace.tick();
    expect(model.message).toBeNull();
    type('g');
    for (let time = 200; time < 250; time++) add(time);
    workspace.tick();
    expect(model.message?.text).toContain('was overwritten');
  });

  it.each(['done', 'failed'] as const)('do not take away what is %s by saying what was refused', (kind) => {
    model.say(kind, 'the result');
    model.say('refused', 'something else');
    expect(model.message?.text).toBe('the result');
    type('x');
    expect(model.message?.text).toBe('x: there is no filter');
  });

  it('keep the selected packet when the filter changes, if it matches', () => {
    type(...'kkkkkkkkkkkkkkk');
    expect(capture.viewport.selected?.time).toBe(14);
    type('d');
    expect(capture.viewport.selected?.time).toBe(14);
    type('x');
    expect([capture.viewport.selected?.time, capture.viewport.row]).toEqual([14, 2]);
    type('/', ...'backend == 17', 'enter');
    expect(capture.viewport.selected?.time).toBe(29);
    expect(capture.viewport.follow).toBe(true);
  });

  it('sort by time again in a file: the selected packet stays selected', () => {
    const source = { ...fakeSource(fake.recorder), kind: 'file' as const };
    const file = open(source);
    const { viewport } = file.capture;
    file.tick();
    const draw = () => drawn(file.panes[0] as Pane, { width: 120, height: 13 });
    draw();
    for (const key of ['s', 's', 's', 's', 's', 'j', 'j']) file.press(key);
    expect(viewport.selected?.time).toBe(5);
    const head = plain(draw()[1] as string);
    file.mouse(file.panes[0] as never, 'click', head.indexOf('TIME'), 1);
    expect([file.capture.sort, viewport.selected?.time, viewport.follow]).toEqual([null, 5, false]);
  });

  it('sort nothing while packets that match may be missing', () => {
    vi.spyOn(capture.list, 'searching', 'get').mockReturnValue(true);
    type('s');
    expect(capture.sort).toBeNull();
    expect(model.message?.text).toBe('cannot sort: the recorder is still being searched');
  });

  it('sort packets that are then overwritten: the list is in order of time again', () => {
    type('s', 'G');
    for (let time = 100; time < 150; time++) add(time);
    draw();
    expect(capture.sort).not.toBeNull();
    type('g');
    expect(capture.viewport.selected?.time).toBe(16);
    for (let time = 150; time < 200; time++) add(time);
    draw();
    expect(capture.sort).toBeNull();
    expect(model.message?.text).toContain('all sorted packets were overwritten');
    expect(shownTimes().at(-1)).toBe(199);
  });

  it('pause: the view stands still, even when its packets are overwritten, and goes on', () => {
    const before = shownTimes();
    type('space');
    for (let time = 100; time < 200; time++) add(time);
    workspace.tick();
    expect(capture.sincePause).toBe(100);
    expect(shownTimes()).toEqual(before);
    expect(capture.list.holds(capture.viewport.views[0] as never)).toBe(false);
    type('p');
    workspace.tick();
    expect(shownTimes().at(-1)).toBe(199);
  });

  it.each(['3', '4'])('pause: what view %s shows stands still, and has the time of the pause afterwards', (view) => {
    type(view);
    const second = () => {
      now += 1000;
      for (let i = 0; i < 10; i++) add(now + i, 17);
      draw();
      // The census that was taken there.
      return draw().join('\n');
    };
    let before = '';
    for (let i = 0; i < 5; i++) before = second();
    type('space');
    const frozen = draw().join('\n');
    expect(plain(frozen)).toBe(plain(before));
    for (let i = 0; i < 5; i++) expect(second()).toBe(frozen);
    type('space');
    expect(second()).not.toBe(frozen);
    expect(capture.history.shown.total).toEqual(new Array(10).fill(10));
  });

  it('pause: copies of what was overwritten stay when the screen changes its size, and can be selected', () => {
    type('space');
    for (let time = 100; time < 200; time++) add(time);
    expect(draw().map(plain).join('\n')).toContain('30 packets');
    const [list] = workspace.panes;
    if (!list) throw new Error('no list');
    const resize = (height: number) => drawn(list, { width: 120, height });
    resize(9);
    expect(shownTimes()).toEqual([24, 25, 26, 27, 28, 29]);
    resize(20);
    workspace.tick();
    expect(shownTimes()).toEqual([24, 25, 26, 27, 28, 29]);
    workspace.mouse(list, 'click', 10, 3);
    expect(capture.viewport.selected?.time).toBe(25);
    type('k', 'k', 'k');
    expect(capture.viewport.selected?.time).toBe(24);
    type('j', 'G', 'j');
    expect(capture.viewport.selected?.time).toBe(29);
    type('pgup');
    expect(capture.viewport.selected?.time).toBe(24);
    workspace.tick();
    expect(shownTimes()).toEqual([24, 25, 26, 27, 28, 29]);
    expect(resize(20).map(plain)[0]).toContain('30 packets');
    type('e');
    expect(model.message?.text).toBe('e: no packet matches: there is nothing to export');
    type('x', 'space');
    draw();
    expect(capture.list.count).toBe(64);
  });

  it('pause: what was known of a packet stays known when it is overwritten', () => {
    capture.viewport.move(0);
    const { selected } = capture.viewport;
    if (!selected) throw new Error('nothing is selected');
    type('space');
    const known = capture.viewport.decodedOf(selected);
    expect(known.trust).toBe('server');
    for (let time = 100; time < 200; time++) add(time);
    draw();
    expect(analysis.decodedOf(selected).trust).toBeNull();
    expect(capture.viewport.decodedOf(selected)).toBe(known);
    capture.details.update();
    expect(JSON.stringify(capture.details.rows)).toContain('trust: server');
  });

  it('sort the packets: a still picture, until f follows again', () => {
    // By source, destination, type, version, DCID.
    type('s', 's', 's', 's', 's');
    expect(capture.sort).toEqual({ column: 'dcid', descending: false });
    expect(shownTimes()).toEqual([1, 3, 5, 7, 9, 11, 13, 15, 17, 19]);
    type('S', 'j');
    expect(shownTimes()).toEqual([0, 2, 4, 6, 8, 10, 12, 14, 16, 18]);
    expect(capture.viewport.selected?.time).toBe(2);
    add(100);
    expect(draw().join('\n')).toContain('sorted, not live');
    expect(shownTimes()).toEqual([0, 2, 4, 6, 8, 10, 12, 14, 16, 18]);
    type('f');
    expect(capture.sort).toBeNull();
    expect(shownTimes().at(-1)).toBe(100);
  });

  it('quit and suspend', () => {
    type('q', 'ctrl+z');
    expect([quit.mock.calls.length, suspend.mock.calls.length]).toEqual([1, 1]);
  });

  it('change the mode, after a question', () => {
    type('m');
    expect(model.message?.text).toBe('m: to take packets by AF_XDP type: sudo quic-top eth0 --mode divert');
    const setMode = vi.fn((mode: string) => {
      source.mode = mode;
    });
    const source = { ...fakeSource(fake.recorder), setMode, mode: 'divert' };
    const live = open(source);
    live.press('m');
    expect(plain(footerLines(live, 120)[0] as string)).toContain('Tap? The host gets every packet');
    live.press('n');
    expect(setMode).not.toHaveBeenCalled();
    live.press('m');
    live.press('y');
    expect(setMode).toHaveBeenCalledWith('tap');
    expect(live.model.message?.text).toBe('the mode is tap now');
    setMode.mockImplementation(() => {
      throw new QuicTopError('EIO', 'cannot change the mode of eth0 (EIO)', 'try again');
    });
    live.press('m');
    expect(plain(footerLines(live, 120)[0] as string)).toContain('Divert? quic-top takes what names a backend');
    live.press('y');
    expect(live.model.message).toEqual(
      expect.objectContaining({ kind: 'failed', text: expect.stringContaining('EIO') }),
    );
  });

  it.each([
    ['before the screen saw it', false],
    ['on the screen', true],
  ])('withdraw the question when the mode changes by itself, %s', (_, ticks) => {
    const source = { ...fakeSource(fake.recorder), setMode: vi.fn(), mode: 'divert', reason: null as string | null };
    const live = open(source);
    live.tick();
    live.press('m');
    Object.assign(source, { mode: 'tap', reason: 'caddy listens' });
    expect(plain(footerLines(live, 120)[0] as string)).toContain('Tap? ');
    if (ticks) {
      live.tick();
      expect(plain(footerLines(live, 120)[0] as string)).toContain('the mode is tap already: caddy listens');
    }
    live.press('y');
    expect(source.setMode).not.toHaveBeenCalled();
    expect(live.prompt).toBeNull();
    if (!ticks) expect(live.model.message?.text).toContain('the mode is tap already: caddy listens');
  });

  it('tell in the header what the network card lost, in red', () => {
    const source = fakeSource(fake.recorder);
    const ledger = source.ledger();
    const header = (rx_missed_errors: number) => {
      const nic = { rx_missed_errors, rx_fifo_errors: 0, rx_over_errors: 0, driver: 0 };
      const live = open({ ...source, ledger: () => ({ ...ledger, nic }) });
      live.tick();
      return live.headerLine(120);
    };
    expect(header(0)).not.toContain('NIC');
    expect(header(1234)).toContain(theme.paint('bad', 'NIC lost 1,234'));
  });

  it('tell in the header and beside the tables how many packets were not decoded', () => {
    const shown = (view: string) => {
      type(view);
      return plain([workspace.headerLine(160), ...draw()].join('\n'));
    };
    for (const view of ['1', '2', '3', '4']) expect(shown(view)).not.toContain('not decoded');
    // More than the recorder holds: the analysis passes them over.
    for (let i = 0; i < 200; i++) add(100 + i);
    now += 1000;
    draw();
    const missed = `${analysis.missed} not decoded`;
    expect(analysis.missed).toBeGreaterThan(100);
    expect(plain(workspace.headerLine(160))).toContain(missed);
    for (const view of ['2', '3']) expect(shown(view).split(missed)).toHaveLength(3);
  });

  it('warn of whom a change takes packets from', () => {
    const reason = 'takes packets, although caddy (812) listens on :4433';
    const source = { ...fakeSource(fake.recorder), mode: 'tap', setMode: () => {}, whoWaits: () => 'caddy listens' };
    const live = open(source);
    live.press('m');
    expect(plain(footerLines(live, 120)[0] as string)).toBe(' Divert, although caddy listens?');
    Object.assign(source, { mode: 'divert', reason, warns: true });
    for (const width of [80, 130, 200]) {
      const line = live.headerLine(width);
      expect(plain(line)).toHaveLength(width);
      expect(plain(line)).toContain(reason.slice(0, 20));
    }
    expect(live.headerLine(200)).toContain(theme.paint('warn', reason));
  });

  it('are not needed for a change of mode that happens by itself: it is said', () => {
    const source = { ...fakeSource(fake.recorder), mode: 'divert', reason: null as string | null };
    const watched = open(source);
    watched.tick();
    expect(watched.model.message).toBeNull();
    Object.assign(source, { mode: 'tap', reason: 'caddy\x1b (812) listens on :4433' });
    watched.tick();
    expect(watched.model.message?.text).toBe('mode tap now: caddy\\x1b (812) listens on :4433');
    expect(plain(watched.headerLine(160))).toMatch(/^ quic-top {2}eth0 {2}tap {2}native {2}caddy\\x1b \(812\)/);
    expect(plain(watched.headerLine(60))).toMatch(/eth0 {2}tap/);
  });

  it('show the help, which scrolls', () => {
    type('?');
    expect(workspace.focused.name).toBe('help');
    const lines = () => drawn(workspace.help, { width: 80, height: 10 }).map(plain);
    expect(lines()[1]).toContain('1 2 3 4 5');
    type('G');
    // Nothing is cut.
    expect(lines().slice(-4, -1).join('\n')).toMatch(/Click .*\n.*\n? .*at the bottom: is the key/);
    type('esc');
    expect(workspace.showsHelp).toBe(false);
  });

  it('are told at the bottom as they act in the help, and can be clicked there', () => {
    type('?');
    drawn(workspace.help, { width: 80, height: 10 });
    const [text = ''] = footer();
    expect(text).toBe(' esc close  j down  k up  pgdn page down  pgup page up  ctrl-c quit');
    expect(hintAt(workspace, 120, text.indexOf('page down'))).toBe('pgdn');
    drawn(workspace.help, { width: 80, height: 60 });
    type('j');
    expect(footer()).toEqual([' j: all of it is shown']);
    type('esc');
    expect(workspace.showsHelp).toBe(false);
  });
});

describe('views', () => {
  it.each([
    ['1', 'packets', /^╭─ Packets /],
    ['2', 'cids', /^╭─ Connection IDs /],
    ['3', 'backends', /^╭─ Backends/],
    ['4', 'queues', /^╭─ Queues and RX queues /],
    ['5', 'charts', /./],
  ])('%s shows %s', (key, id, title) => {
    type(key);
    expect(workspace.view.id).toBe(id);
    expect(plain(draw()[0] as string)).toMatch(title);
    expect(tabsLine(workspace, 120)).toContain(theme.paint('tab', ` ${key} ${workspace.view.title} `));
  });

  it('lead to the packets of a row, by Enter and by d and b', () => {
    now += 1000;
    draw();
    type('2', 'enter');
    expect([workspace.view.id, capture.filter.text]).toEqual(['packets', 'dcid == 0133001144454647']);
    type('2', 'b');
    expect(capture.filter.text).toBe('backend == 17');
    type('2', 'j', 'd');
    expect(capture.filter.text).toBe('dcid == ff01020304050607');
    type('2', 'b');
    expect(model.message?.text).toBe('b: no backend can be read from the selected row');
    now += 2000;
    draw();
    type('3', 'enter');
    expect([workspace.view.id, capture.filter.text]).toEqual(['packets', 'backend == 17']);
  });

  it('count packets of a backend by whom its CIDs were chosen', () => {
    now += 2000;
    draw();
    type('3');
    const row = draw()
      .map(plain)
      .find((line) => /│ +17 +17 /.test(line));
    // 15 packets, all Handshakes: only a server's CID is in them. None with a short header, one CID.
    expect(row).toMatch(/17 +17 .* 15 +0 +0 +1 /);
  });

  it.each([80, 120, 200])(
    'at %i columns say where the packets of a backend went, and warn of several servers',
    (width) => {
      const v6 = [0xfd, 0x77, ...Array(13).fill(0), 1];
      const to = (backend: number, type: number, ...servers: number[][]) => {
        for (const [i, dst] of servers.entries()) {
          const dcid = Buffer.from(cidv1(backend)).toString('hex');
          fake.add({ time: 40 + i, dcid, type, backend, dst, ...(dst.length === 16 && { src: v6 }) });
        }
      };
      to(1, 3, [10, 0, 0, 1], [10, 0, 0, 2], [10, 0, 0, 1]);
      to(2, 3, [10, 0, 0, 1], v6);
      to(3, 2, [10, 0, 0, 1], [10, 0, 0, 2]);
      to(4, 3, ...[1, 2, 3, 4, 5].map((host) => [100, 100, 100, 200 + host]));
      now += 2000;
      draw(width);
      type('3');
      const lines = draw(width);
      const cellOf = (backend: number) =>
        lines.find((line) => new RegExp(`^│ +[?]?${backend} +${backend} `).test(plain(line)));
      // The theme's way to warn is bold.
      const warned = (text: string) => `\x1b[1m${text}`;
      expect(plain(cellOf(17) ?? '')).toContain(' 10.0.0.1:4433 ');
      expect(cellOf(1)).toContain(warned('10.0.0.1:4433 +1'));
      expect(plain(cellOf(2) ?? '')).toContain(' 10.0.0.1:4433 +1 ');
      expect(cellOf(2)).not.toContain(warned('10.0.0.1'));
      // By chance.
      expect(plain(cellOf(3) ?? '')).toContain(' 10.0.0.1:4433 +1 ');
      // Where there is no room the port is left out.
      expect(cellOf(4)).toContain(warned(width === 80 ? '100.100.100.201 +4… ' : '100.100.100.201:4433 +4…'));
      if (width === 200) expect(plain(lines[1] ?? '')).toContain('LAST MINUTE');
    },
  );

  it('sort the backends with several servers to the top', () => {
    fake.add({ time: 40, dcid: '0133000944454647', type: 3, backend: 9, dst: [10, 0, 0, 8] });
    fake.add({ time: 41, dcid: '0133000944454647', type: 3, backend: 9, dst: [10, 0, 0, 9] });
    now += 2000;
    draw();
    type('3');
    const pane = workspace.panes[0];
    const at = plain(draw()[1] ?? '').indexOf('SERVER');
    pane?.click?.(at, 1);
    expect(plain(draw()[1] ?? '')).toContain('SERVER▼');
    expect(plain(draw()[2] ?? '')).toMatch(/^│ +9 +9 +10\.0\.0\.8:4433 \+1 /);
  });
});

describe('the queues', () => {
  const plainLines = (name: string, width: number, height: number) => {
    const pane = workspace.panes.find((each) => each.name === name);
    return pane ? drawn(pane, { width, height }, workspace.focused === pane).map(plain) : [];
  };

  it('count frames, and draw bars by kind', () => {
    // Two frames that belong to no queue for one that does: rx 0 has three times what q 17 has.
    now += 2000;
    for (let time = 100; time < 140; time++) add(time, time % 4 ? null : 17);
    type('4');
    draw();
    const lines = plainLines('queues', 80, 8);
    expect(lines[1]).toContain('FRAMES');
    expect(lines[1]).not.toContain('PACKETS');
    const bars = ['rx 0 ', 'q 17 '].map((title) => /■+/.exec(lines.find((line) => line.includes(title)) ?? '')?.[0]);
    expect(bars[0]?.length).toBeGreaterThan(5);
    expect(bars[1]).toBe(bars[0]);
  });

  it.each([
    ['beside the table', 80, ['queues', 'ledger']],
    ['in place of the table', 79, ['queues', 'ledger']],
  ])('show where frames end %s, and scroll there', (_, columns, names) => {
    type('4');
    draw(columns, 24);
    expect(workspace.panes.map(({ name }) => name)).toEqual(names);
    const shown = () => {
      const places: string[] = [];
      const node = workspace.view.layout(
        (pane) => {
          places.push(pane.name);
          return null;
        },
        columns,
        24,
      );
      expect(node).not.toBeNull();
      return places.filter((name) => name !== 'heat');
    };
    expect(shown()).toEqual(columns < 80 ? ['queues'] : names);
    type('tab');
    expect(workspace.focused.name).toBe('ledger');
    expect(shown()).toEqual(columns < 80 ? ['ledger'] : names);
    const ledger = () => plainLines('ledger', 40, 9);
    expect(ledger()[0]).toMatch(/Where frames end ↓ ─+ nothing lost ─/);
    expect(ledger()[1]).toContain('lost: RX ring full');
    type('j');
    expect(ledger()[1]).toContain('lost: FILL ring empty');
    type('G');
    expect(ledger().at(-2)).toContain('overwritten in memory');
    expect(ledger()[0]).toContain(' end ↑ ─');
    type('k');
    expect(ledger().at(-2)).toContain('captured');
    type('g', 'esc');
    expect(ledger()[1]).toContain('lost: RX ring full');
    expect(workspace.focused.name).toBe('queues');
    type('tab', '1', '4');
    expect(shown()[0]).toBe('queues');
  });

  it('are shaded on the map where there are no colours, and coloured where there are', () => {
    const rateOf = [1, 100, 400, 1000];
    const queueRows = rateOf.map((rate, queue) => ({ kind: 'q', queue, frames: 1, rate, lost: null, active: true }));
    const rates = { queueRows: [...queueRows, { ...queueRows[0], kind: 'rx', queue: 4, rate: 1e6 }] };
    const map = (each: Theme) => {
      const pane = new HeatPane({ rates } as unknown as CaptureModel, each);
      return drawn(pane, { width: 70, height: 6 }, false)[1] as string;
    };
    expect(map(theme)).toMatch(/^│ +0░ +1▒ +2▓ +3█ +4· +5· .* 15· +│$/);
    const coloured = map(Theme.of({ COLORTERM: 'truecolor' }));
    expect(plain(coloured).match(/■/g)).toHaveLength(16);
    expect(new Set(coloured.match(/[\d;]+m(?=■)/g)).size).toBe(5);
  });
});

describe('the details of a packet', () => {
  it('are shown where there is room, opened and closed', () => {
    const names = () => workspace.panes.map(({ name }) => name);
    draw(120, 40);
    expect(names()).toEqual(['packets', 'tree', 'hex']);
    type('esc');
    expect(names()).toEqual(['packets']);
    type('enter');
    expect(names()).toEqual(['packets', 'tree', 'hex']);
    expect(workspace.focused.name).toBe('tree');
    draw(80, 24);
    type('tab');
    expect(workspace.focused.name).toBe('hex');
    type('shift+tab', 'shift+tab');
    expect(workspace.focused.name).toBe('packets');
  });

  it('highlight the bytes of the selected field, and find the field of a byte', () => {
    type('enter');
    draw();
    const { details } = capture;
    const rows = details.rows.map(({ field }) => field.label);
    expect(rows.some((label) => label.startsWith('DCID: 0133001144454647'))).toBe(true);
    details.selectRow(rows.findIndex((label) => label.startsWith('DCID: ')));
    const hex = draw().find((line) => line.includes('\x1b[7m01 33'));
    expect(hex).toBeDefined();
    // Byte 42 is the first of the QUIC packet, 43 to 46 are its version.
    details.selectByte(44);
    expect(details.selected?.field.label).toMatch(/^Version: /);
    type('tab', 'right');
    expect(details.selected?.field.label).toMatch(/^DCID Length: /);
    type('left', 'left');
    expect(details.selected?.field.from).toBeLessThan(43);
  });

  it('keep what was opened for the next packet', () => {
    type('enter', 'g');
    const labels = () => capture.details.rows.map(({ field }) => field.label);
    const before = labels().length;
    type('j', 'right');
    draw();
    const opened = labels().length;
    expect(opened).toBeGreaterThan(before);
    const selected = capture.details.selected?.path;
    type('esc', 'k');
    draw();
    expect(labels().length).toBeGreaterThanOrEqual(opened - 6);
    expect(capture.details.selected?.path).toBe(selected);
  });

  it('stay what they were when the packet is overwritten while the view is paused', () => {
    type('space');
    const before = draw().join('\n');
    expect(before).toContain('QUIC Handshake');
    for (let time = 100; time < 200; time++) add(time);
    expect(draw().join('\n')).toContain('QUIC Handshake');
    // A packet whose bytes were never read, and are gone.
    type('k');
    expect(draw().join('\n')).toContain('its bytes were overwritten in the recorder');
  });
});

describe('the filter prompt', () => {
  it('says what is wrong, and where', () => {
    type('/', ...'backend', 'space', '=', '=', 'space', ...'x7', 'enter');
    expect(capture.filter.text).toBe('');
    const [line = '', mistake = ''] = footer();
    expect(line).toMatch(/^ \/ backend == x7/);
    expect(mistake.indexOf('^')).toBe(line.indexOf('x7'));
    type('backspace', 'backspace', '3', 'enter');
    expect(workspace.prompt).toBeNull();
    expect(capture.filter.text).toBe('backend == 3');
  });

  it('completes, one candidate after the other', () => {
    type('/', ...'back', 'tab');
    expect(workspace.filterPrompt.line.text.trim()).toBe('backend');
    type('tab');
    expect(workspace.filterPrompt.line.text).toMatch(/^backend ?(==|in|!=|[<>])/);
    const first = workspace.filterPrompt.line.text;
    type('tab');
    expect(workspace.filterPrompt.line.text).not.toBe(first);
    type('shift+tab');
    expect(workspace.filterPrompt.line.text).toBe(first);
  });

  it('recalls the filters of before', () => {
    type('/', ...'0133', 'enter', '/', 'ctrl+u', ...'ff01', 'enter', '/', 'up', 'up');
    expect(workspace.filterPrompt.line.text).toBe('0133');
    type('down', 'enter');
    expect(capture.filter.text).toBe('ff01');
    type('/', 'esc');
    expect(capture.filter.text).toBe('ff01');
  });

  it('is shown as it is, whatever is in it, where it is cut too', () => {
    type('/', ...'sni contains "$&$\'$`$$ and more and more and more"', 'enter');
    for (const width of [160, 100, 80]) {
      const line = plain(tabsLine(workspace, width));
      expect(line).toHaveLength(width);
      expect(line).toContain('filter: sni contains "$&$\'$`$$');
      expect(line.match(/filter:/g)).toHaveLength(1);
    }
  });

  it('always says how many match', () => {
    expect(plain(tabsLine(workspace, 120))).toMatch(/ 30 packets $/);
    for (let width = 40; width > 32; width--) expect(plain(tabsLine(workspace, width))).toMatch(/ 30(?: packets)? *$/);
    type('b');
    expect(plain(tabsLine(workspace, 120))).toMatch(/filter: backend == 17 {2}15 match $/);
    expect(plain(tabsLine(workspace, 60))).toHaveLength(60);
  });
});

describe('exports', () => {
  it('save exactly what matches, and say where', async () => {
    type('b', 'e');
    expect(exported?.request).toEqual(
      expect.objectContaining({ folder: '/exports', name: null, interface: 'eth0', filter: 'backend == 17' }),
    );
    expect(exported?.request.sequences.map((lane) => [...lane])).toEqual([
      [1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29],
    ]);
    type('e');
    expect(model.message?.text).toBe('e: an export is being written');
    exported?.resolve({ path: '/exports/a\x1b.pcapng', frames: 1234, overwritten: 5 });
    await vi.waitFor(() =>
      expect(model.message?.text).toBe(
        '1,234 frames saved to /exports/a\\x1b.pcapng; 5 packets were overwritten before they could be saved',
      ),
    );
  });

  it('wait until a file is read, and until its packets are decoded for a filter that needs it', () => {
    const loading = { done: false, frames: 0, overwritten: 0, warning: null };
    const source = { ...fakeSource(fake.recorder, { loading }), kind: 'file' as const };
    const file = open(source);
    const list = () => drawn(file.panes[0] as Pane, { width: 120, height: 13 }).join('\n');
    file.tick();
    file.press('e');
    expect(file.model.message?.text).toBe('e: the file is still being read');
    loading.done = true;
    add(30);
    file.capture.setFilter('sni == "a.example"');
    file.tick();
    expect(list()).toContain('packets are still being decoded');
    file.press('e');
    expect(file.model.message?.text).toBe('e: packets are still being decoded: again in a moment');
    analysis.step();
    file.tick();
    expect(list()).toContain('No packet matches the filter');
  });

  it('of a live capture do not wait for packets that came after the filter was set', () => {
    add(30);
    workspace.tick();
    type('/', ...'trust == server', 'enter', 'e');
    expect(model.message?.text).toBe('e: packets are still being decoded: again in a moment');
    draw();
    add(31);
    workspace.tick();
    type('e');
    expect(exported?.request.sequences[0]?.length).toBe(31);
  });

  it('have a name of choice, and can be given up', async () => {
    type('w', ...'x.pcap', 'enter');
    expect(exported?.request.name).toBe('x.pcap');
    type('esc');
    expect(cancel).toHaveBeenCalledOnce();
    exported?.reject(new QuicTopError('ENOSPC', 'cannot write x.pcap: the disk is full (ENOSPC)', 'free some space'));
    await vi.waitFor(() =>
      expect(model.message).toEqual(
        expect.objectContaining({
          kind: 'failed',
          text: 'cannot write x.pcap: the disk is full (ENOSPC) - free some space',
        }),
      ),
    );
    type('w', 'esc');
    expect(workspace.prompt).toBeNull();
  });
});

describe('the mouse', () => {
  it('selects, scrolls and sorts in the pane it is on', () => {
    const [list, tree] = workspace.panes;
    if (!list || !tree) throw new Error('no panes');
    workspace.mouse(list, 'click', 10, 4);
    expect(capture.viewport.selected?.time).toBe(22);
    workspace.mouse(list, 'wheel-up', 10, 4);
    expect(capture.viewport.selected?.time).toBe(19);
    workspace.mouse(list, 'wheel-down', 10, 4);
    expect(capture.viewport.selected?.time).toBe(22);
    const head = plain(draw()[1] as string);
    workspace.mouse(list, 'click', head.indexOf('LEN'), 1);
    expect(capture.sort).toEqual({ column: 'length', descending: true });
    workspace.mouse(list, 'click', head.indexOf('TIME'), 1);
    expect(capture.sort).toBeNull();
    workspace.mouse(tree, 'click', 5, 3);
    expect(workspace.focused.name).toBe('tree');
    expect(capture.details.row).toBe(2);
  });

  it('finds the tabs and the hints of the footer', () => {
    const tabs = plain(tabsLine(workspace, 120));
    const index = (x: number) => tabPlaces(workspace, 120).findIndex(({ from, to }) => x >= from && x < to);
    expect(['Packets', 'CIDs', 'Backends', 'Queues', 'Charts'].map((title) => index(tabs.indexOf(title)))).toEqual([
      0, 1, 2, 3, 4,
    ]);
    const line = footer()[0] as string;
    expect(hintAt(workspace, 120, line.indexOf('pause'))).toBe('space');
    expect(hintAt(workspace, 120, line.indexOf('quit'))).toBe('q');
    expect(hintAt(workspace, 120, 0)).toBeNull();
  });
});
