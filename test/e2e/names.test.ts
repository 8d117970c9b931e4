// Names that are not UTF-8, of interfaces, files and folders: given, shown, and given back byte for byte.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Program } from '../../demo/program.mjs';
import { sendDatagrams } from '../support/datagrams.js';
import { PairNetwork } from '../support/lab.js';
import { cidv1, longHeader } from '../support/packets.js';
import { CLI, jsonLines, startQuicTop } from '../support/quic-top.js';

/** Runs the arguments behind it with an é and the byte ff for each "%". */
const WITH_BYTE = ['bash', '-c', `byte=$(printf '\\303\\251\\377'); exec "\${@//%/$byte}"`, 'bash'];
/** As Python has them, too (os.fsdecode). */
const BYTE = 'é\udcff';

async function run(args: readonly string[], wrapper: readonly string[] = []) {
  const program = new Program([...wrapper, ...WITH_BYTE, process.execPath, CLI, ...args]);
  const status = await program.ended;
  return { status, stdout: program.stdout, stderr: program.stderr };
}

it('captures on an interface whose name is not UTF-8', async () => {
  const network = new PairNetwork();
  try {
    const { left } = network;
    left.run([
      'bash',
      '-c',
      String.raw`ip link set left down && ip link set left name $'qé\xff' && ip link set $'qé\xff' up`,
    ]);
    expect((await run(['--list-interfaces'], left.command([]))).stdout.split('\n')).toContain('q\\xc3\\xa9\\xff');

    const doctor = await run(['doctor', 'q%', '--json'], left.command([]));
    expect(JSON.parse(doctor.stdout)).toMatchObject({ interface: `q${BYTE}`, runs: true });

    for (const mode of ['tap', 'divert']) {
      const quicTop = await startQuicTop(left, 'q%', ['--mode', mode, '--json'], WITH_BYTE);
      expect(quicTop.stderr).toContain(`listening on q\\xc3\\xa9\\xff, mode ${mode}`);
      sendDatagrams(network.right, PairNetwork.LEFT[0] as string, [longHeader({ dcid: cidv1(17) })]);
      await expect.poll(() => jsonLines(quicTop.stdout).packets.length).toBe(1);
      await quicTop.stop('SIGINT');
      const { packets, summary } = jsonLines(quicTop.stdout);
      expect(packets[0]).toMatchObject({ interface: `q${BYTE}`, backend: 17 });
      expect(summary).toMatchObject({ interface: `q${BYTE}`, captured: 1, balanced: true });
    }

    const missing = await run(['%q'], left.command([]));
    expect(missing).toMatchObject({ status: 1 });
    expect(missing.stderr).toContain('\\xc3\\xa9\\xffq');
    expect(missing.stderr).not.toContain('\\xef\\xbf\\xbd');
  } finally {
    network.remove();
  }
});

it('reads and writes files whose names are not UTF-8', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'quic-top-names-'));
  try {
    const fixture = 'test/fixtures/chromium-caddy.pcap';
    expect(await run(['-r', fixture, '-w', join(folder, 'a%.pcapng')])).toMatchObject({ status: 0 });
    const names = readdirSync(folder, { encoding: 'buffer' }).map((name) => name.toString('latin1'));
    expect(names).toEqual(['a\xc3\xa9\xff.pcapng']);
    const lines = async (path: string) => jsonLines((await run(['-r', path, '--json'])).stdout).packets;
    const packets = await lines(join(folder, 'a%.pcapng'));
    expect(packets.length).toBe((await lines(fixture)).length);

    const taken = await run(['-r', fixture, '-w', join(folder, 'a%.pcapng')]);
    expect(taken.status).not.toBe(0);
    expect(taken.stderr).toContain('a\\xc3\\xa9\\xff.pcapng: it exists already');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
