// Drawing changes nothing: what is drawn twice is the same, and so is all that can be reached from the workspace.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, expect, it } from 'vitest';
import type { ScreenSource } from '../../src/core/capture/source.js';
import type { CaptureWorkspace } from '../../src/ui/capture/workspace.js';
import { loadCharts } from '../../src/ui/charts/load.js';
import { footerLines, hintAt } from '../../src/ui/panes/footer.js';
import { isBoxed } from '../../src/ui/panes/frame.js';
import type { Pane } from '../../src/ui/panes/pane.js';
import { tabPlaces, tabsLine } from '../../src/ui/panes/tabs.js';
import { captureWorkspace } from '../support/capture-workspace.js';
import { deepState, differences } from '../support/deep-state.js';
import { type FakePacket, FakeRecorder, fakeSource } from '../support/fake-recorder.js';
import { InProcessAnalysis } from '../support/in-process-analysis.js';
import { cidv1, ethernet, filler, ipv4, longHeader, udp } from '../support/packets.js';

const SIZES = [
  [200, 50],
  [80, 24],
  [50, 15],
] as const;

let fake: FakeRecorder;
let analysis: InProcessAnalysis;
let now: number;

function packet(time: number): FakePacket {
  const backend = time % 12;
  const frame = ethernet(ipv4(udp(longHeader({ dcid: cidv1(backend), type: 'handshake', payload: filler(400) }))));
  const dcid = Buffer.from(frame.subarray(48, 56)).toString('hex');
  // Some addresses and versions need more room than most.
  const src = time % 5 === 4 ? Array.from({ length: 16 }, (_, i) => 0xa0 + i) : [10, 0, 0, time % 200];
  const version = time % 50 === 49 ? 0xabcdef01 : 1;
  const place = { l3Offset: 14, l4Offset: 34, packetOffset: 42, packetLength: frame.length - 42 };
  return { time: time * 1e6, lane: time % 2, rxQueue: time % 2, dcid, backend, type: 3, src, version, frame, ...place };
}

function open(changes: Partial<ScreenSource> = {}): CaptureWorkspace {
  const rows = Array.from({ length: 40 }, (_, i) => ({
    cid: Buffer.from(cidv1(i)).toString('hex'),
    cidLayout: 1,
    backend: i,
    packets: 1000 - i,
    bytes: 9000 + i,
    firstSeen: 1,
    lastSeen: i + 2,
    shortPackets: 0,
  }));
  const cids = () => ({ rows, total: 5000, backendCids: new Map([[17, 4]]) });
  return captureWorkspace(fakeSource(fake.recorder, { cids, rxQueues: 2, ...changes }), analysis, {
    now: () => now,
    host: { quit: () => {}, suspend: () => {} },
    startExport: () => ({ done: new Promise(() => {}), cancel: () => {} }),
  });
}

/** They are loaded when they are first shown. */
async function loadedCharts(): Promise<void> {
  await loadCharts();
  await nextTurn();
}

/** A second goes by, with packets. */
function second(workspace: CaptureWorkspace): void {
  for (let i = 0; i < 40; i++) fake.add(packet(now / 10 + i));
  now += 1000;
  analysis.step();
  workspace.tick();
}

/** The panes that are on the screen. */
function placed({ view, help, showsHelp, model }: CaptureWorkspace): Pane[] {
  if (showsHelp) return [help];
  const panes: Pane[] = [];
  view.layout(
    (pane) => {
      panes.push(pane);
      return null;
    },
    model.columns,
    model.rows,
  );
  return panes;
}

/** As Ink does after it laid out. */
function layOut(workspace: CaptureWorkspace, columns: number, rows: number): void {
  workspace.model.resize(columns, rows);
  for (const pane of placed(workspace)) {
    pane.resize({ width: columns, height: Math.floor(rows / 2), boxed: isBoxed(columns, rows) });
  }
  workspace.update();
}

/** Everything that the screen shows, and what the mouse is looked up in. */
function draw(workspace: CaptureWorkspace): unknown {
  const { columns } = workspace.model;
  return [
    workspace.headerLine(columns),
    tabsLine(workspace, columns),
    tabPlaces(workspace, columns),
    placed(workspace).map((pane) => pane.lines(workspace.focused === pane)),
    footerLines(workspace, columns),
    hintAt(workspace, columns, 5),
  ];
}

function expectPure(workspace: CaptureWorkspace, what: string): void {
  // It keeps the text of the last second that it was asked for: no state, it says the same of a time as ever.
  const caches = [workspace.capture.clock];
  const before = deepState(workspace, caches);
  const first = draw(workspace);
  expect(differences(before, deepState(workspace, caches)), what).toEqual([]);
  expect(draw(workspace), what).toEqual(first);
}

beforeEach(() => {
  now = 0;
  fake = new FakeRecorder({ lanes: 2 }, 128, 128 * 600);
  analysis = new InProcessAnalysis(fake.recorder, 3000, () => now);
});

/** Keys that bring up all that there is to draw, one state after the other. */
const KEYS = [
  ...[
    '1',
    'k',
    'pgup',
    's',
    'j',
    'S',
    'f',
    'b',
    'x',
    'enter',
    'right',
    'j',
    'tab',
    'right',
    'pgdn',
    'esc',
    'space',
    'g',
  ],
  ...['space', '2', 'j', 'pgdn', 's', '3', 'G', 'S', '4', 'pgdn', 'tab', 'j', 'esc', '5', '?', 'j', 'pgdn', 'q'],
  ...['1', '/', 'b', 'a', 'tab', 'enter', 'esc', 'w', 'x', 'esc', 'e', 'esc', 'm', 'n'],
];

it.each(SIZES)('of every view, after every key, at %i x %i', async (columns, rows) => {
  const workspace = open({ setMode: () => {} });
  second(workspace);
  second(workspace);
  layOut(workspace, columns, rows);
  expectPure(workspace, 'at the start');
  for (const [i, key] of KEYS.entries()) {
    workspace.press(key);
    layOut(workspace, columns, rows);
    if (key === '5') await loadedCharts();
    second(workspace);
    expectPure(workspace, `a second after ${KEYS.slice(0, i + 1).join(' ')}`);
  }
});

it('shows the charts of a file, drawn once for all', async () => {
  const loading = { done: true, frames: 80, overwritten: 0, warning: null };
  const workspace = open({ kind: 'file', mode: 'file', loading });
  second(workspace);
  workspace.press('5');
  layOut(workspace, 120, 35);
  expect(JSON.stringify(draw(workspace))).toContain('drawing ...');
  await loadedCharts();
  second(workspace);
  expect(JSON.stringify(draw(workspace))).toContain('Packets/s');
  expectPure(workspace, 'the charts');
});
