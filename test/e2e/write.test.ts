// --write beside the screen: when it fails, the screen says so and goes on.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sendDatagrams } from '../support/datagrams.js';
import { PairNetwork } from '../support/lab.js';
import { cidv1, filler, longHeader } from '../support/packets.js';
import { CLI } from '../support/quic-top.js';
import { TestTerminal } from '../support/terminal.js';

let network: PairNetwork;
let disk: string;
beforeAll(() => {
  network = new PairNetwork();
  disk = join(network.dir, 'full');
  mkdirSync(disk);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', disk]);
});
afterAll(() => {
  execFileSync('umount', [disk]);
  network.remove();
});

const send = (count: number) => {
  const large = longHeader({ dcid: cidv1(17), payload: filler(1200) });
  sendDatagrams(
    network.right,
    PairNetwork.LEFT[0] as string,
    Array.from({ length: count }, () => large),
  );
};

it('a full disk ends the writing, not the screen; the exit status tells', async () => {
  const options = ['--mode', 'divert', '--write', join(disk, 'x.pcapng')];
  const terminal = new TestTerminal(network.left.command([process.execPath, CLI, 'left', ...options]), 200, 40);
  try {
    await terminal.until('Waiting for QUIC');
    send(200);
    await terminal.until(/cannot write .*x\.pcapng: the disk is full \(ENOSPC\) - free some space/);
    send(100);
    await terminal.until(/ 300 packets ─/);
    terminal.type('q');
    await terminal.ended();
    expect(terminal.text).toContain('300 frames captured, 0 lost');
    expect(terminal.text).toMatch(/\d+ frames written/);
    expect(terminal.text).toMatch(/quic-top: cannot write .*x\.pcapng: the disk is full/);
    expect(terminal.text).toContain('settings kept, status 1');
  } finally {
    terminal.close();
  }
});
