// The tests of one kernel, on one boot.

import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { TapNetwork } from '../../../demo/network.mjs';
import { CLI } from '../../support/quic-top.js';
import { expected, hasTcx, leftBehind } from './expected.js';
import { Guest } from './guest.js';
import { interfaceState } from './interface-state.js';
import { addTaps, type LabNic, NICS, setUpNics } from './nics.js';
import type { KernelName } from './packages.js';
import { testPrograms } from './programs.js';
import { type KernelResults, saveResults } from './results.js';
import { byFamily, SENT } from './traffic.js';
import { LEAVING, sendToGuest, startQuicTop, type Trial, tryQuicTop, type Way } from './trial.js';

const WAYS: Way[] = (['tap', 'divert'] as const).flatMap((mode) =>
  (['auto', 'native', 'generic', 'none'] as const).map((xdp) => ({ mode, xdp })),
);

/** Of these kernels CI tries one NIC, and of the others that they take the programs. */
const LIVE_IN_CI: KernelName[] = ['6.1', '6.12'];

export function testKernel(name: KernelName): void {
  const machine = inject('machines')[name];
  const { version } = machine.kernel;
  const results = saveResults(name, version);
  const ci = inject('ci');

  describe(`Linux ${version}`, () => {
    let network: TapNetwork;
    let guest: Guest;
    beforeAll(async () => {
      network = new TapNetwork();
      addTaps(network);
      guest = await Guest.boot(machine, NICS, network);
      await setUpNics(guest);
    });
    afterAll(async () => {
      await guest?.close();
      network?.remove();
    });

    testPrograms(
      version,
      async (command) => {
        const { stdout, stderr, status = 1 } = await guest.finish(guest.start(command));
        return { stdout, stderr, status };
      },
      (compiler, loaded) => results.programs.push({ compiler, loaded }),
    );

    const ways = ci ? WAYS.filter(({ xdp }) => xdp === 'auto') : WAYS;
    const nics = ci ? NICS.filter((nic) => nic.name === 'virtio4' && LIVE_IN_CI.includes(name)) : NICS;
    describe.each(nics)('$name', (nic) => {
      it.each(ways)('$mode, --xdp $xdp', async (way) => {
        const trial = await tryQuicTop(guest, network, nic, way);
        const cell = addCell(results, nic, way, trial);
        judge(name, nic, way, trial);
        cell.passed = true;
      });
      if (ci) return;

      it('is as before after kill -9, and the host gets everything', async () => {
        const quicTop = await startQuicTop(guest, nic, { mode: 'divert', xdp: 'auto' });
        expect(quicTop.status, quicTop.stderr).toBeUndefined();
        expect((await interfaceState(guest, nic.name)).xdp).not.toBe('none');
        await quicTop.stop('SIGKILL');
        expect(await interfaceState(guest, nic.name)).toMatchObject({ xdp: 'none', values: { promiscuity: '0' } });
        expect(await guest.run(['bpftool', 'prog', 'show'])).not.toMatch(/xdp_filter|quic_egress|quic_ingress/);
        expect(await sendToGuest(guest, network, nic, SENT.frames)).toEqual(byFamily(SENT.frames));
      });

      it('is found fit by the doctor', async () => {
        const doctor = await guest.finish(guest.start(['node', CLI, 'doctor', nic.name, '--json']));
        const { runs, checks } = JSON.parse(doctor.stdout);
        expect(checks.filter(({ status }: { status: string }) => status === 'problem')).toEqual([]);
        expect(runs).toBe(true);
      });
    });
  });
}

/** Fails, naming what is wrong, unless the trial went as this kernel and this NIC let it. */
function judge(kernel: KernelName, nic: LabNic, way: Way, trial: Trial): void {
  const expectation = expected(kernel, nic.name, way);
  if ('refused' in expectation) {
    expect(trial.stderr).toMatch(expectation.refused);
    expect(trial.status).not.toBe(0);
    expect(trial.leftovers, 'left behind').toEqual([]);
    return;
  }
  expect(trial.status, trial.stderr).toBe(0);
  expect(trial.xdp, 'where the XDP program is').toBe(expectation.hook);

  const hosts = [nic.host.ipv4, nic.host.ipv6];
  const arrived = trial.packets.filter(({ src }) => hosts.includes(src));
  const { summary } = trial;
  expect(summary?.balanced, JSON.stringify(summary)).toBe(true);
  expect(arrived.length, 'packets from the host').toBe(SENT.long);
  expect(arrived.filter(({ vlan }) => vlan.includes(7)).length, 'packets in the VLAN').toBe(SENT.vlanLong);
  const diverted = way.mode === 'divert' ? SENT.cidv1 : 0;
  expect(summary?.kernel.redirected, 'diverted').toBe(diverted);
  expect(trial.reached, 'datagrams that the host got').toEqual(byFamily(SENT.frames - diverted));
  if (way.mode === 'tap' && hasTcx(kernel)) expect(summary?.egress?.tapped, 'packets to the host').toBe(LEAVING);

  const left = leftBehind(kernel, nic.name, trial.xdp);
  expect(
    trial.leftovers.filter((line) => !left.test(line)),
    'left behind',
  ).toEqual([]);
}

function addCell(
  results: KernelResults,
  nic: LabNic,
  { mode, xdp }: Way,
  trial: Trial,
): KernelResults['cells'][number] {
  const { summary, reached, changes, leftovers } = trial;
  const cell = {
    nic: nic.name,
    mode,
    xdp,
    hook: summary ? trial.xdp : 'refused',
    sent: SENT.long,
    captured: (summary?.kernel.redirected ?? 0) + (summary?.kernel.tapped ?? 0),
    reached: reached.ipv4 + reached.ipv6,
    left: summary?.egress?.tapped ?? null,
    changes,
    leftovers,
    passed: false,
  };
  results.cells.push(cell);
  return cell;
}
