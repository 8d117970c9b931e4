// Import of katran's QUIC mappings: which real has which host id in the connection IDs of mvfst.
import { importError } from './import-error.js';
import { type ImportedConfig, isHostAddress, ServerList, someOf } from './imported-config.js';

const NEXT = 'give it what `katran_goclient -list_qm` prints, or lines like 10.0.0.1=17';

/** Host ids have at most 32 bits; the client prints them as a signed number. */
const MODULUS = 2 ** 32;
/** balancer.bpf.c tests `server_id > 0` of a signed int. */
const isNegativeThere = (id: number) => id === 0 || id >= MODULUS / 2;
/** Entries of the default array server_id_map. */
const ARRAY_SIZE = 0xfffffe;

/**
 * Lines of `katran_goclient -list_qm` (`real:  10.0.0.1 = connection id:  17`; example_grpc/goclient, katranc.go, ListQm), and
 * of what `-quic_mapping` takes (`10.0.0.1=17`), with whatever stands before. All other lines are passed over.
 *
 * @throws QuicTopError with its line
 */
export function readKatran(text: string, path: string): ImportedConfig {
  const servers = new ServerList(path);
  for (const [i, line] of text.split('\n').entries()) {
    const mapping = mappingOf(line);
    if (!mapping) continue;
    const id = /^-?\d{1,10}$/.test(mapping.id) ? Number(mapping.id) : Number.NaN;
    if (!(id >= -MODULUS / 2 && id < MODULUS)) {
      throw importError(path, `line ${i + 1}`, 'its connection id is no whole number of 32 bits', NEXT);
    }
    servers.add(id < 0 ? id + MODULUS : id, undefined, mapping.address);
  }
  const { all } = servers;
  if (all.length === 0) throw importError(path, '', 'no line has an address and its connection id', NEXT);
  return { schemes: ['mvfst'], servers: all, notes: notesOn(all.map(({ id }) => id as number)) };
}

/** Without a pattern that could take its time over a long line. */
function mappingOf(line: string): { address: string; id: string } | null {
  const [left, right, ...more] = line.split('=');
  if (left === undefined || right === undefined || more.length > 0) return null;
  const address = (left.trim().split(/\s+/).at(-1) as string).replace(/^real:/, '').replace(/^["']/, '');
  if (!isHostAddress(address)) return null;
  const [first = '', ...others] = right.trim().split(/\s+/);
  const isPrinted = first === 'connection' && others[0] === 'id:';
  const id = (isPrinted ? (others[1] ?? '') : first).replace(/["']$/, '');
  return { address, id };
}

function notesOn(ids: readonly number[]): string[] {
  const never = ids.filter(isNegativeThere);
  const beyond = ids.filter((id) => !isNegativeThere(id) && id >= ARRAY_SIZE);
  return [
    ...(never.length > 0
      ? [
          `katran never routes these ids, it holds them for no id (0) or negative (0x80000000 and above): ${someOf(never)}`,
        ]
      : []),
    ...(beyond.length > 0
      ? [
          `katran routes these ids only when it was built with SERVER_ID_HASH_MAP, its array ends at 0xfffffd: ${someOf(beyond)}`,
        ]
      : []),
  ];
}
