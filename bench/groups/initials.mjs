// How many Initials of a second a live capture opens, when each begins a connection: with everything that a person asks for,
// lines of JSON excepted.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Program } from '../../demo/program.mjs';
import { bundle } from '../lib/bundle.mjs';
import { CLI, CPUS, makeCable } from '../lib/flood.mjs';
import { interleave, median } from '../lib/statistics.mjs';

const SECONDS = 3;
const RATES = { '10,000/s': 10_000, '50,000/s': 50_000, '100,000/s': 100_000 };

/** The capture asks of every packet whether it was opened, and prints none. */
const WATCH = [process.execPath, CLI, 'right', '--mode', 'divert', '--json', '--user', 'root', '--filter'];
const NONE_OF_THEM = 'decrypted and trust == server';

/** @type {import('../lib/report.mjs').Group} */
export async function initials({ rounds, quick, say }) {
  const dir = mkdtempSync(join(tmpdir(), 'quic-top-bench-'));
  const cable = makeCable();
  try {
    const { writeInitials } = await bundle('capture-files.ts');
    const file = join(dir, 'initials.pcap');
    const connections = quick ? 20_000 : 100_000;
    writeInitials(file, connections);
    const opened = await interleave(RATES, rounds, async (rate, name) => {
      const watch = new Program(cable.right.command([...WATCH, NONE_OF_THEM]));
      await watch.printed(/^listening on /m);
      const loops = Math.ceil((rate * SECONDS) / connections);
      const send = ['tcpreplay', '--preload-pcap', '--quiet', '--intf1', 'left', '--pps', String(rate)];
      const sender = new Program(
        cable.left.command(['taskset', '--cpu-list', CPUS.generator, ...send, '--loop', String(loops), file]),
      );
      sender.patience = 60_000;
      if ((await sender.ended) !== 0) throw new Error(sender.stderr);
      const [, sent = 'NaN'] = /Successful packets:\s+(\d+)/.exec(sender.stdout) ?? [];
      const [, really = 'NaN'] = /Rated: .*, ([\d.]+) pps/.exec(sender.stdout) ?? [];
      await sleep(2000);
      if ((await watch.stop('SIGINT')) !== 0) throw new Error(watch.stderr);
      const { captured, not_decoded, initials_over_budget, lost } = JSON.parse(watch.stdout);
      const share = (captured - not_decoded - initials_over_budget) / Number(sent);
      say(
        `${name}: ${really}/s, ${sent} sent, ${JSON.stringify({ captured, not_decoded, initials_over_budget, lost })}`,
      );
      return 100 * share;
    });
    return {
      rows: Object.keys(RATES).map((name) => ({
        name: `Initials opened live, of ${name}, %`,
        value: median(opened[name] ?? []),
        target: { least: 99.9 },
      })),
      details: {
        title: 'Initials opened live',
        note: `Of ${connections} connections that begin, again and again, for ${SECONDS} s: tcpreplay sends them from the first core; quic-top has both.`,
        unit: '% of those sent',
        digits: 2,
        values: opened,
      },
    };
  } finally {
    cable.remove();
    rmSync(dir, { recursive: true });
  }
}
