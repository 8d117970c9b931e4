// What capture files are called, and which format a name asks for.
import { isAbsolute, join } from 'node:path';
import { UsageError } from '../text/errors.js';
import type { CaptureFormat } from './capture-format.js';
import type { FileTarget } from './new-file.js';
import { pcap } from './pcap.js';
import { type PcapngOptions, pcapng } from './pcapng.js';

/** Stands for standard output, as in tcpdump. */
export const STDOUT = '-';

export type FormatName = 'pcap' | 'pcapng';

/** The format that a file's name asks for; standard output gets pcapng. @throws UsageError */
export function formatOf(name: string): FormatName {
  if (name === STDOUT || name.endsWith('.pcapng')) return 'pcapng';
  if (name.endsWith('.pcap')) return 'pcap';
  throw new UsageError(`"${name}" is neither a .pcap nor a .pcapng file`, 'give it a name like packets.pcapng');
}

export function makeFormat(name: FormatName, options: PcapngOptions): CaptureFormat {
  return name === 'pcap' ? pcap() : pcapng(options);
}

/** `quic-top-eth0-20261122T120000Z`: letters, digits and harmless signs only. */
function defaultStem(source: string, date: Date): string {
  const time = date.toISOString().replace(/\.\d+/, '').replaceAll(/[-:]/g, '');
  return `quic-top-${source.replaceAll(/[^A-Za-z0-9._-]/g, '_')}-${time}`;
}

/**
 * Where an export goes.
 * @param name as the user typed it, null for a name made of source and time
 * @param source the interface or the file that the packets are from
 */
export function exportTarget(folder: string, name: string | null, source: string, date: Date): FileTarget {
  if (name === null) return { path: join(folder, `${defaultStem(source, date)}.pcapng`), numbered: true };
  return { path: isAbsolute(name) ? name : join(folder, name), numbered: false };
}
