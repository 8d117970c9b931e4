// quic-top and tshark on one wire at the same time, and what each of them made of it.
import { join } from 'node:path';
import { comparable, datagrams, sorted, withTsharkBackend } from './comparable.js';
import type { Namespace } from './lab.js';
import { type JsonPacket, type JsonSummary, jsonLines, startQuicTop } from './quic-top.js';
import { readWithTshark, startTshark } from './tshark.js';

/** What one quic-top said. */
export interface Seen {
  packets: JsonPacket[];
  summary: JsonSummary | undefined;
  stderr: string;
}

type Start = (namespace: Namespace, interfaceName: string, args?: string[], wrapper?: string[]) => Promise<void>;

export interface BesideTshark {
  /** The datagrams that tshark read, each with its QUIC packets. */
  expected: ReturnType<typeof comparable>[][];
  /** By each quic-top, in the order in which they were started. */
  seen: Seen[];
}

/** The datagrams of a capture file, as tshark reads them. */
export const datagramsOf = (file: string) =>
  readWithTshark(file).map((datagram) => datagram.map(withTsharkBackend).map(comparable));

/** What quic-top showed, to be held against tshark's: the same items, in any order. */
export const shown = (packets: JsonPacket[]) => sorted(datagrams(packets).map((datagram) => datagram.map(comparable)));

/**
 * Captures with tshark on the interface while `traffic` starts quic-tops, with --json, and makes packets; then stops all
 * of them.
 * @param at the namespace, its interface, and a folder for the capture
 */
export async function besideTshark(
  at: { namespace: Namespace; interfaceName: string; dir: string },
  traffic: (start: Start) => Promise<unknown>,
): Promise<BesideTshark> {
  const file = join(at.dir, `beside-${at.interfaceName}-${Date.now()}.pcapng`);
  const tshark = await startTshark(at.namespace, at.interfaceName, file);
  const started: Awaited<ReturnType<typeof startQuicTop>>[] = [];
  await traffic(async (namespace, interfaceName, args = [], wrapper = []) => {
    started.push(await startQuicTop(namespace, interfaceName, ['--json', ...args], wrapper));
  });
  await tshark.stop();
  for (const quicTop of started) await quicTop.stop('SIGINT');
  return {
    expected: datagramsOf(file),
    seen: started.map(({ stdout, stderr }) => ({ ...jsonLines(stdout), stderr })),
  };
}
