// What a newcomer types, in a guest: the demo, and the project's own tests.

import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { TapNetwork } from '../../../demo/network.mjs';
import { jsonLines } from '../../support/quic-top.js';
import { ROOT } from './folders.js';
import { Guest } from './guest.js';
import type { KernelName } from './packages.js';

/** Emulated, everything takes ten to twenty times as long. */
const PATIENCE = 'QUIC_TOP_PATIENCE=20';
const TESTS_MS = 90 * 60_000;
const DEMO_MS = 300_000;
/** Their own limits are for this machine: one test waits at most that long in a guest. */
const ONE_TEST_MS = 1_200_000;
/** MiB: what the tests write goes into memory, too. */
const MEMORY = 6144;

/** All of the programs' and the addon's tests, those end to end that make handshakes, and what Landlock and seccomp refuse. */
const TESTS = [
  'test/bpf',
  'test/addon',
  'test/e2e/tshark.test.ts',
  'test/e2e/hello.test.ts',
  'test/e2e/egress.test.ts',
  'test/e2e/demo.test.ts',
  'test/e2e/sandbox.test.ts',
];

/** What vitest's JSON reporter prints. */
interface Results {
  numPassedTests: number;
  testResults: { name: string; message: string; assertionResults: Assertion[] }[];
}
interface Assertion {
  fullName: string;
  status: string;
  failureMessages: string[];
}

export function testProject(name: KernelName): void {
  const machine = inject('machines')[name];

  describe(`Linux ${machine.kernel.version}`, () => {
    let network: TapNetwork | undefined;
    let guest: Guest;
    beforeAll(async () => {
      network = new TapNetwork();
      guest = await Guest.boot(machine, [], network, MEMORY);
      await guest.sh('ip link set lo up');
    });
    afterAll(async () => {
      await guest?.close();
      network?.remove();
    });

    it('runs the demo', async () => {
      const demo = [
        'env',
        PATIENCE,
        'npm',
        '--prefix',
        ROOT,
        'run',
        '--silent',
        'demo',
        '--',
        '--json',
        '--duration',
        '20s',
      ];
      const { packets, summary } = jsonLines(await guest.run(demo, DEMO_MS));
      // Emulated, the demo's clients make a request or two in that time.
      expect(packets.some(({ backend }) => backend !== null)).toBe(true);
      expect(summary).toMatchObject({ mode: 'divert', xdp: 'native', balanced: true });
    });

    it.each(TESTS)('passes %s', { timeout: TESTS_MS }, async (tests) => {
      const vitest = `QUIC_TOP_TEST_TIMEOUT=${ONE_TEST_MS} node_modules/.bin/vitest run --reporter=json`;
      const { stdout, stderr } = await guest.finish(
        guest.start(['sh', '-c', `cd ${ROOT} && ${PATIENCE} ${vitest} ${tests}`]),
        TESTS_MS,
      );
      expect(stdout, stderr).toMatch(/^\{/m);
      const { numPassedTests, testResults } = JSON.parse(stdout.slice(stdout.indexOf('{'))) as Results;
      expect(failures(testResults)).toEqual([]);
      expect(numPassedTests).toBeGreaterThan(0);
    });
  });
}

/** Tests that failed, and files that could not be run, with what was said. */
function failures(files: Results['testResults']): string[] {
  return files.flatMap(({ name, message, assertionResults }) => [
    ...(message ? [`${name}: ${message}`] : []),
    ...assertionResults
      .filter(({ status }) => status === 'failed')
      .map(({ fullName, failureMessages }) => `${fullName}: ${failureMessages.join('\n')}`),
  ]);
}
