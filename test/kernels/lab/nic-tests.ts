// The tests of one NIC on one kernel: every way of running quic-top, kill -9, the doctor.

import { expect, it, vi } from 'vitest';
import { CLI } from '../../support/quic-top.js';
import { hasNative, hasTcx, leftBehind, refusal, showsVlan, warnsOfTags } from './expected.js';
import { differences, interfaceState } from './interface-state.js';
import type { Lab } from './kernel.js';
import { type LabNic, VLAN } from './nics.js';
import type { KernelName } from './packages.js';
import type { KernelResults } from './results.js';
import { byFamily, SENT } from './traffic.js';
import { LEAVING, sendToGuest, startQuicTop, type Trial, tryQuicTop, USUAL_WAYS, WAYS, type Way } from './trial.js';

/** Makes the tests. In CI only those of the mode that a user gets without asking. */
export function testNic(lab: Lab, nic: LabNic, results: KernelResults, ci: boolean): void {
  it.each(ci ? USUAL_WAYS : WAYS)('$name', async (way) => {
    const trial = await tryQuicTop(lab, nic, way);
    const cell = addCell(results, nic, way, trial);
    judge(lab.name, nic, way, trial);
    cell.passed = true;
  });
  if (ci) return;

  it('is as before after kill -9, and the host gets everything', async () => {
    const { guest } = lab;
    const before = await interfaceState(guest, nic.name);
    const how = hasNative(lab.name, nic.name) ? 'native' : 'generic';
    const quicTop = await startQuicTop(guest, nic, { args: ['--mode', 'divert', '--xdp', how] });
    expect(quicTop.status, quicTop.stderr).toBeUndefined();
    const { xdp } = await interfaceState(guest, nic.name);
    expect(xdp).toBe(how);
    await quicTop.stop('SIGKILL');
    // Features are switched on again by another process.
    await vi.waitFor(async () => {
      const after = differences(before, await interfaceState(guest, nic.name));
      expect(after.map(({ what }) => what)).toEqual(leftBehind(nic.name, xdp));
    }, 10_000);
    expect(await guest.run(['bpftool', 'prog', 'show'])).not.toMatch(/xdp_filter|quic_socket|quic_egress|quic_ingress/);
    expect(await sendToGuest(lab, nic, SENT.frames)).toEqual(byFamily(SENT.frames));
  });

  it('is found fit by the doctor', async () => {
    const doctor = await lab.guest.finish(lab.guest.start(['node', CLI, 'doctor', nic.name, '--json']));
    const { runs, checks } = JSON.parse(doctor.stdout) as { runs: boolean; checks: { name: string; status: string }[] };
    expect(checks.filter(({ status }) => status === 'problem')).toEqual([]);
    expect(runs).toBe(true);
    const vlan = checks.find(({ name }) => name === 'vlan');
    expect(vlan?.status).toBe(warnsOfTags(nic.name) ? 'warning' : 'ok');
  });
}

/** Fails, naming what is wrong, unless the trial went as this kernel and this NIC let it. */
function judge(kernel: KernelName, nic: LabNic, way: Way, trial: Trial): void {
  const refused = refusal(kernel, nic.name, way);
  if (refused) {
    expect(trial.stderr).toMatch(refused);
    expect(trial.status).not.toBe(0);
    expect(trial.leftovers, 'not as before').toEqual([]);
    return;
  }
  expect(trial.status, trial.stderr).toBe(0);
  expect(trial.hook, 'what saw the packets').toBe(way.hook);
  const touches = way.hook === 'native' || way.hook === 'generic';
  expect(trial.xdp, 'where the XDP program is').toBe(touches ? way.hook : 'none');
  if (!touches) expect(trial.changes, 'while it runs').toEqual([]);

  const hosts = [nic.host.ipv4, nic.host.ipv6];
  const arrived = trial.packets.filter(({ src }) => hosts.includes(src));
  const { summary } = trial;
  expect(summary?.balanced, JSON.stringify(summary)).toBe(true);
  expect(arrived.length, 'packets from the host').toBe(SENT.long);
  expect(arrived.filter(({ vlan }) => vlan.includes(VLAN)).length, 'packets in the VLAN').toBe(
    showsVlan(nic.name, way.hook) ? SENT.vlanLong : 0,
  );
  const diverted = way.mode === 'divert' ? SENT.cidv1 : 0;
  expect(summary?.kernel.redirected, 'diverted').toBe(diverted);
  expect(trial.reached, 'datagrams that the host got').toEqual(byFamily(SENT.frames - diverted));
  const timedByXdp = trial.packets.filter(({ time_source }) => time_source === 'xdp').length;
  expect(timedByXdp, 'packets that the driver has room to describe').toBe(diverted);
  const seesLeaving = way.egress === 'socket' || hasTcx(kernel);
  if (way.mode === 'tap' && seesLeaving) expect(summary?.egress?.tapped, 'packets to the host').toBe(LEAVING);

  const left = leftBehind(nic.name, trial.xdp);
  expect(
    trial.leftovers.map(({ what }) => what),
    'not as before',
  ).toEqual(left);
  expect(
    summary?.interface_changes?.map(({ what }) => what),
    'what quic-top says of that',
  ).toEqual(left);
}

function addCell(
  results: KernelResults,
  nic: LabNic,
  { name: way, mode }: Way,
  trial: Trial,
): KernelResults['cells'][number] {
  const { summary, reached, changes, leftovers } = trial;
  const cell = {
    nic: nic.name,
    way,
    mode,
    hook: summary ? trial.hook : 'refused',
    sent: SENT.long,
    captured: (summary?.kernel.redirected ?? 0) + (summary?.kernel.tapped ?? 0),
    reached: reached.ipv4 + reached.ipv6,
    left: summary?.egress?.tapped ?? null,
    vlan: trial.packets.filter(({ vlan }) => vlan.includes(VLAN)).length,
    changes,
    leftovers,
    passed: false,
  };
  results.cells.push(cell);
  return cell;
}
