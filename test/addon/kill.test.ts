// kill -9 at random moments of a capture whose mode changes all the time: nothing stays attached.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, it, vi } from 'vitest';
import { MODE } from '../../src/core/native/abi.gen.js';
import { countTcPrograms } from '../support/harness.js';
import { hasTcx } from '../support/kernel.js';
import { isAttached, makePrivateVeth, NATIVE_OPTIONS } from '../support/private-veth.js';

const ADDON = new URL('../../build/Release/quic_top.node', import.meta.url).pathname;

/** Switches the mode as fast as it can. */
const SWITCHER = `
  const { CaptureSession } = require(${JSON.stringify(ADDON)});
  const options = { ...${JSON.stringify(NATIVE_OPTIONS)}, mode: ${MODE.MODE_TAP}, ports: Uint16Array.of(4433) };
  const session = new CaptureSession(options, new Uint8Array(new SharedArrayBuffer(4 << 20)));
  session.start();
  console.log('started');
  setInterval(() => {
    for (const mode of [${MODE.MODE_DIVERT}, ${MODE.MODE_TAP}]) session.setMode(mode);
  }, 1);
`;

beforeAll(makePrivateVeth);

/** What of a capture is there: [XDP program, tc programs in and out, promiscuous]. */
const left = () => [
  isAttached(),
  ...countTcPrograms('watched'),
  /promiscuity 1/.test(execFileSync('ip', ['-d', 'link', 'show', 'watched'], { encoding: 'utf8' })),
];

it('leaves no program, no tcx link and no promiscuous mode', async () => {
  for (let i = 0; i < 10; i++) {
    const switcher = spawn(process.execPath, ['-e', SWITCHER], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(switcher.stdout, 'data');
    expect(left()).toEqual([true, 0, hasTcx ? 1 : 0, true]);
    const moment = Math.random() * 100;
    await sleep(moment);
    switcher.kill('SIGKILL');
    await once(switcher, 'exit');
    await vi.waitFor(() => expect([moment, ...left()]).toEqual([moment, false, 0, 0, false]), 1000);
  }
});
