// What watches a capture, at its end: the program is detached then, by nobody else.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Watch } from '../../src/commands/watch.js';
import { Capture } from '../../src/core/capture/capture.js';
import { makePrivateVeth, OPTIONS } from '../support/private-veth.js';

/** More than the watch lets pass between two looks. */
const LOOK = 1300;

it('says nothing of a capture that we stopped', async () => {
  makePrivateVeth();
  const capture = Capture.open(OPTIONS);
  const watch = new Watch(
    capture,
    { ...OPTIONS, mode: 'divert', hook: null, xdp: null },
    { mode: 'divert', reason: null },
  );
  try {
    capture.start();
    const said: string[] = [];
    watch.begin(
      (text) => said.push(text),
      () => said.push('ended'),
    );
    capture.stop();
    await sleep(LOOK);
    expect(said).toEqual([]);
    expect(watch.interface.ended).toBeNull();
  } finally {
    watch.end();
    capture.close();
  }
});
