// The tests of one kernel, on one boot.

import { afterAll, beforeAll, describe, inject, it } from 'vitest';
import { TapNetwork } from '../../../demo/network.mjs';
import { Guest } from './guest.js';
import { makeHosts, tryHandshake } from './handshake.js';
import { testNic } from './nic-tests.js';
import { addTaps, HARDWARE_NICS, NICS, setUpNics } from './nics.js';
import type { KernelName } from './packages.js';
import { testPrograms } from './programs.js';
import { saveResults } from './results.js';
import { tryTun } from './tun.js';

/** On these kernels CI tries one NIC, and of the others that they take the programs. */
const LIVE_IN_CI: KernelName[] = ['6.1', '6.12'];

/** What the tests of a kernel have. */
export interface Lab {
  name: KernelName;
  network: TapNetwork;
  guest: Guest;
}

export function testKernel(name: KernelName): void {
  const machine = inject('machines')[name];
  const { version } = machine.kernel;
  const results = saveResults(name, version);
  const ci = inject('ci');
  const lab = { name } as Lab;

  describe(`Linux ${version}`, () => {
    beforeAll(async () => {
      lab.network = new TapNetwork();
      addTaps(lab.network);
      makeHosts(name);
      lab.guest = await Guest.boot(machine, HARDWARE_NICS, lab.network);
      await setUpNics(lab.guest);
    });
    afterAll(async () => {
      await lab.guest?.close();
      lab.network?.remove();
    });

    testPrograms(
      version,
      async (command) => {
        const { stdout, stderr, status = 1 } = await lab.guest.finish(lab.guest.start(command));
        return { stdout, stderr, status };
      },
      (compiler, loaded) => results.programs.push({ compiler, loaded }),
    );

    const nics = ci ? NICS.filter((nic) => nic.name === 'virtio4' && LIVE_IN_CI.includes(name)) : NICS;
    describe.each(nics)('$name', (nic) => testNic(lab, nic, results, ci));
    if (ci) return;
    it('shows a handshake of a real client with a real server', () => tryHandshake(lab));
    it('shows what a tun device carries, where it can', async () => {
      results.tun = await tryTun(lab);
    });
  });
}
