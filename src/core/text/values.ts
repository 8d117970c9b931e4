// Reads the values of command-line options: ports, CPUs, sizes, durations, counts. Every error says what was expected.
import { UsageError } from './errors.js';

/** What a list has, and how a person writes one, several and neighbours of them. */
interface ListKind {
  name: string;
  min: number;
  max: number;
  examples: readonly [one: string, several: string, range: string];
}

const PORTS: ListKind = { name: 'UDP port', min: 1, max: 65535, examples: ['4433', '443,4433', '8000-8100'] };
/** Those that there is a bit for in the C library's cpu_set_t. */
const CPUS: ListKind = { name: 'CPU', min: 0, max: 1023, examples: ['2', '0,2', '2-5'] };

/** The numbers of a list, in its order. @throws UsageError */
function parseList(text: string, option: string, { name, min, max, examples }: ListKind): number[] {
  const [one, several, range] = examples;
  const parse = (number: string) => {
    const value = /^\d{1,5}$/.test(number) ? Number(number) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new UsageError(
      `${option}: "${number}" is not a ${name} from ${min} to ${max}`,
      `${option} ${one}, ${option} ${several} or ${option} ${range}`,
    );
  };
  return text.split(',').flatMap((part) => {
    const [first = '', last = first, ...rest] = part.trim().split('-');
    const from = parse(first);
    const to = parse(last);
    if (rest.length > 0 || to < from) {
      throw new UsageError(`${option}: "${part}" is not a range of ${name}s`, `write the lower one first: ${range}`);
    }
    return Array.from({ length: to - from + 1 }, (_, i) => from + i);
  });
}

/** `443,4433` or `8000-8100`, or both mixed: the ports in ascending order, each once. @throws UsageError */
export function parsePorts(text: string, option: string): number[] {
  return [...new Set(parseList(text, option, PORTS))].sort((a, b) => a - b);
}

/** `2` or `0,2-5`: CPUs in the order of the list. @throws UsageError */
export function parseCpus(text: string, option: string): number[] {
  return parseList(text, option, CPUS);
}

/** Ports as a person would write them: neighbours joined to ranges. */
export function formatPorts(ports: readonly number[]): string {
  const parts: string[] = [];
  for (let i = 0; i < ports.length; ) {
    let end = i;
    while (ports[end + 1] === (ports[end] as number) + 1) end++;
    parts.push(end === i ? `${ports[i]}` : `${ports[i]}-${ports[end]}`);
    i = end + 1;
  }
  return parts.join(',');
}

const UNITS: Record<string, number> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };

/** Bytes, with an optional binary K, M or G: `64M`. @throws UsageError */
export function parseSize(text: string, option: string): number {
  const match = /^(\d{1,12})([KMG]?)$/i.exec(text.trim());
  const bytes = match ? Number(match[1]) * (UNITS[(match[2] as string).toUpperCase()] as number) : 0;
  if (!(bytes > 0)) throw new UsageError(`${option}: "${text}" is not a size`, `write it like ${option} 64M`);
  return bytes;
}

const DURATIONS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, '': 1000 };

/** Milliseconds of `10s`, `500ms`, `5m`, `1h`, or seconds when there is no unit. @throws UsageError */
export function parseDuration(text: string, option: string): number {
  const match = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|)$/.exec(text.trim());
  const duration = match ? Number(match[1]) * (DURATIONS[match[2] as string] as number) : 0;
  // The longest a timer can wait.
  if (!(duration > 0 && duration < 2 ** 31)) {
    throw new UsageError(`${option}: "${text}" is not a duration`, `write it like ${option} 10s, 500ms, 5m or 1h`);
  }
  return duration;
}

/** A whole number from `min` to `max`. @throws UsageError */
export function parseCount(text: string, option: string, min: number, max: number): number {
  const count = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!(count >= min && count <= max)) {
    throw new UsageError(
      `${option}: "${text}" is not a whole number from ${min} to ${max}`,
      `write it like ${option} ${min}`,
    );
  }
  return count;
}

/** Bytes kept of each frame. */
export interface Snaplen {
  /** Of those whose datagram begins with an Initial. */
  initials: number;
  others: number;
}

/**
 * Bytes kept of each frame: one number, or `initials:N,other:N`, of which what is missing is `max`.
 * @throws UsageError
 */
export function parseSnaplen(text: string, option: string, min: number, max: number): Snaplen {
  const parse = (number: string) => parseCount(number, option, min, max);
  if (!text.includes(':')) return { initials: parse(text), others: parse(text) };
  const given = new Map<string, number>();
  for (const part of text.split(',')) {
    const [, name = '', number = ''] = /^\s*(initials|other):(.*)$/.exec(part) ?? [];
    const hint = `write it like ${option} initials:1600,other:240`;
    if (name === '') throw new UsageError(`${option}: "${part}" is neither initials:N nor other:N`, hint);
    if (given.has(name)) throw new UsageError(`${option}: ${name} is given twice`, hint);
    given.set(name, parse(number));
  }
  return { initials: given.get('initials') ?? max, others: given.get('other') ?? max };
}

/** Names separated by commas, each one of `known`. @throws UsageError */
export function parseNames(text: string, option: string, known: readonly string[]): string[] {
  const names = text.split(',').map((name) => name.trim());
  for (const name of names) {
    if (known.includes(name)) continue;
    throw new UsageError(`${option}: "${name}" is none of ${known.join(', ')}`, `write it like ${option} ${known[0]}`);
  }
  return [...new Set(names)];
}
