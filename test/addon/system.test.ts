// What the addon tells of an interface, of a real one in a private network.
import { execFileSync } from 'node:child_process';
import { beforeAll, expect, it } from 'vitest';
import { Capture } from '../../src/core/capture/capture.js';
import { summarize, summaryText } from '../../src/core/capture/summary.js';
import { listLinks } from '../../src/core/host/links.js';
import { type InterfaceState, loadAddon, type NativeSession } from '../../src/core/native/addon.js';
import { closeLink, endChain, pushVlan } from '../support/harness.js';
import { hasTcx } from '../support/kernel.js';
import { indexOf, makePrivateVeth, OPTIONS } from '../support/private-veth.js';

/** TC_ACT_OK of linux/pkt_cls.h. */
const TC_ACT_OK = 0;

beforeAll(makePrivateVeth);

it.runIf(hasTcx)('lists the tcx programs in the order in which they run, and whose they are', () => {
  const addon = loadAddon();
  const watched = indexOf('watched');
  expect([addon.tcxPrograms(watched, false), addon.tcxPrograms(watched, true)]).toEqual([[], []]);
  // Each goes before those that are there.
  const links = [endChain(watched, TC_ACT_OK), endChain(watched, TC_ACT_OK), pushVlan(watched, 7)];
  try {
    const arriving = addon.tcxPrograms(watched, false) ?? [];
    const leaving = addon.tcxPrograms(watched, true) ?? [];
    expect([arriving.length, leaving.length]).toEqual([2, 1]);
    expect(arriving[0]).toBeGreaterThan(arriving[1] as number);
    const names = [...arriving, ...leaving].map((id) => addon.programInfo(id).name);
    expect(names).toEqual(['end_chain', 'end_chain', 'push_vlan']);
  } finally {
    links.forEach(closeLink);
  }
});

it('lists the filters of clsact behind them', () => {
  const addon = loadAddon();
  const watched = indexOf('watched');
  const tc = (words: string) => execFileSync('tc', words.split(' '));
  expect(addon.tcFilters(watched, true)).toEqual([]);
  tc('qdisc add dev watched clsact');
  expect(addon.tcFilters(watched, true)).toEqual([]);
  // "Return TC_ACT_OK" in classic BPF.
  execFileSync('tc', [...'filter add dev watched egress protocol ip bpf bytecode'.split(' '), '1,6 0 0 0']);
  expect(addon.tcFilters(watched, true)).toMatchObject([{ kind: 'bpf' }]);
  expect(addon.tcFilters(watched, false)).toEqual([]);
  tc('qdisc del dev watched clsact');
});

it('has the statistics that ip shows', () => {
  const [shown] = JSON.parse(execFileSync('ip', ['-s', '-s', '-j', 'link', 'show', 'watched'], { encoding: 'utf8' }));
  const { dropped, missed_errors, fifo_errors, over_errors } = shown.stats64.rx;
  expect(listLinks().find(({ name }) => name === 'watched')?.statistics).toEqual({
    rx_dropped: dropped,
    rx_missed_errors: missed_errors,
    rx_fifo_errors: fifo_errors,
    rx_over_errors: over_errors,
  });
});

it('has the counters that ethtool shows of the driver', () => {
  const shown = execFileSync('ethtool', ['-S', 'watched'], { encoding: 'utf8' });
  const names = loadAddon()
    .driverStatistics('watched')
    .map(({ name }) => name);
  expect(names).toContain('rx_queue_0_drops');
  expect(shown.match(/^ +\S+(?=: \d+$)/gm)?.map((name) => name.trim())).toEqual(names);
  expect(loadAddon().driverStatistics('lo')).toEqual([]);
});

it('tells of a session what the network card lost meanwhile, which no balance has', () => {
  const capture = Capture.open({ ...OPTIONS, mode: 'tap', hook: 'socket' });
  try {
    capture.start();
    const nothing = { rx_missed_errors: 0, rx_fifo_errors: 0, rx_over_errors: 0, driver: 0 };
    expect(capture.ledger().nic).toEqual(nothing);
    // No device here loses frames so: the kernel's answer is made.
    const session = Reflect.get(capture, 'session') as NativeSession;
    const look = session.look.bind(session);
    const value = (): InterfaceState => {
      const state = look();
      return {
        ...state,
        statistics: state.statistics && { ...state.statistics, rx_missed_errors: 12, rx_dropped: 99 },
      };
    };
    Object.defineProperty(session, 'look', { value });
    capture.look();
    expect(capture.ledger().nic).toEqual({ ...nothing, rx_missed_errors: 12 });
    capture.stop();
    const output = { skipped: 0, not_decoded: 0, initials_over_budget: 0, connection_events_lost: 0, write: null };
    const summary = summarize(capture, { mode: 'tap', reason: null }, 1, output);
    expect(summary).toMatchObject({ nic: { rx_missed_errors: 12 }, captured: 0, balanced: true });
    expect(summaryText(summary)).toContain(
      '12 frames were lost by the network card, and reached no program (rx_missed_errors 12)',
    );
  } finally {
    capture.close();
  }
});
