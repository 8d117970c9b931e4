// Makes connection IDs as load balancers and servers do, by other means than the product's: byte by byte, with Node's AES.
import { createCipheriv } from 'node:crypto';
import type { Given } from '../../src/core/cid/schemes.js';
import { type Bytes, concat, hex, u8, u16, u32, unhex } from './packets.js';
import type { JsonPacket } from './quic-top.js';

export type Meaning = Pick<JsonPacket, 'cid_scheme' | 'server_id' | 'worker' | 'process' | 'unroutable'> & {
  backend: number | string | null;
};

type Next = (limit: number) => number;

/** As JSON has it: hexadecimal where a number is not exact. */
const backendOf = (id: Bytes): number | string => {
  const value = BigInt(`0x${hex(id)}`);
  return value <= Number.MAX_SAFE_INTEGER ? Number(value) : `0x${value.toString(16)}`;
};

/** @param id null: it names no server */
export const meaningOf = (
  scheme: string,
  id: Bytes | null,
  worker: number | null = null,
  process: number | null = null,
): Meaning => ({
  cid_scheme: scheme,
  backend: id && backendOf(id),
  server_id: id && hex(id),
  worker,
  process,
  unroutable: null,
});

/** Files of other software, with the keys of FIELD's own vectors: 0, 1, 2 and so on. */
const count = (from: number, to: number) => hex(Uint8Array.from({ length: to - from }, (_, i) => from + i));
export const SECRETS = {
  nghttpx: `# the first encrypts\n40000000${count(0, 64)}\n\n`,
  h2o: `- name: a7${'00'.repeat(15)}\n  cipher: aes-256-cbc\n  hash: sha256\n  key: ${count(0, 96)}\n  not_before: 1\n  not_after: 2\n`,
};
/** What is in the latter. */
export const TICKETS = [{ name: `a7${'00'.repeat(15)}`, key: count(0, 96) }];
/** The keys that come of them (computed by openssl from the sources of nghttpx and h2o). */
const KEYS = {
  nghttpx: unhex('e46b242bc241dee67fb8ae56c719a45e'),
  h2o: unhex('12631159898feecfce384eddda25ce8f'),
};

function aes(key: Bytes, block: Bytes): Bytes {
  const cipher = createCipheriv('aes-128-ecb', key, null).setAutoPadding(false);
  return cipher.update(block);
}

/** draft-ietf-quic-load-balancers section 5.4.2, in half bytes: so an odd length needs no masks. */
function fourPasses(key: Bytes, plain: Bytes): Bytes {
  const nibbles = [...hex(plain)];
  const size = plain.length;
  let left = nibbles.slice(0, size);
  let right = nibbles.slice(size);
  const half = Math.ceil(size / 2);
  /** What is mixed with the other half; a half byte stands on the side where it was cut off. */
  const mixed = (from: readonly string[], pass: number, fromLeft: boolean): string[] => {
    const odd = size % 2 === 1;
    const digits = odd ? (fromLeft ? [...from, '0'] : ['0', ...from]) : from;
    const block = concat(unhex(digits.join('').padEnd(28, '0')), u8(size, pass));
    const out = [...hex(aes(key, block).subarray(0, half))];
    if (!odd) return out;
    return fromLeft ? out.slice(1) : out.slice(0, -1);
  };
  const xor = (a: readonly string[], b: readonly string[]) =>
    a.map((digit, i) => (Number.parseInt(digit, 16) ^ Number.parseInt(b[i] as string, 16)).toString(16));
  right = xor(right, mixed(left, 1, true));
  left = xor(left, mixed(right, 2, false));
  right = xor(right, mixed(left, 3, true));
  left = xor(left, mixed(right, 4, false));
  return unhex([...left, ...right].join(''));
}

/** What follows the first octet of a QUIC-LB CID. */
export function quicLbBody(id: Bytes, nonce: Bytes, key: Bytes | undefined): Bytes {
  const plain = concat(id, nonce);
  if (!key) return plain;
  return plain.length === 16 ? aes(key, plain) : fourPasses(key, plain);
}

/** A block as a server that has this file of SECRETS encrypts it. */
export const sealedBlock = (software: keyof typeof SECRETS, block: Bytes): Bytes => aes(KEYS[software], block);

const bytes = (length: number, next: Next): Bytes => Uint8Array.from({ length }, () => next(256));
/** Up to a length of `most`, by chance. */
const filled = (known: Bytes, next: Next, most = 20): Bytes =>
  concat(known, bytes(next(most - known.length + 1), next));

interface Part {
  given: Given;
  make(next: Next): [Bytes, Meaning];
}

const always = (make: Part['make']) => (): Part => ({ given: {}, make });

function quicLbPart(scheme: 'quic-lb' | 'envoy', next: Next): Part {
  const longest = scheme === 'envoy' ? 18 : 19;
  const s = 1 + next(Math.min(15, longest - 4));
  const n = 4 + next(Math.min(scheme === 'envoy' ? 16 : 18, longest - s) - 3);
  const config_id = next(7);
  const key = next(3) === 0 ? undefined : concat(u8(1), bytes(15, next));
  return {
    given: { config_id, server_id_length: s, nonce_length: n, ...(key && { key_file: key }) },
    make(next) {
      const id = bytes(s, next);
      const low = scheme === 'envoy' ? s + n : next(32);
      const body = concat(u8((config_id << 5) | low), quicLbBody(id, bytes(n, next), key));
      if (scheme === 'quic-lb') return [filled(body, next), meaningOf(scheme, id)];
      const worker = next(256);
      return [concat(body, u8(worker)), meaningOf(scheme, id, worker)];
    },
  };
}

/** For each scheme: parameters by chance, and CIDs of them. */
export const ENCODERS: Record<string, { part(next: Next): Part }> = {
  cidv1: {
    part: always((next) => {
      const id = bytes(2, next);
      return [filled(concat(u8(1, next(256)), id), next), meaningOf('cidv1', id)];
    }),
  },
  mvfst: {
    part: always((next) => {
      const [version, worker, process] = [1 + next(3), next(256), next(2)];
      const id = bytes(version + 1, next);
      const last = u8((process << 7) | next(128));
      const meaning = meaningOf('mvfst', id, worker, process);
      if (version > 1) return [filled(concat(u8((version << 6) | next(64)), id, u8(worker), last), next), meaning];
      const host = (id[0] as number) * 256 + (id[1] as number);
      return [filled(u32(2 ** 30 + host * 2 ** 14 + worker * 2 ** 6 + process * 2 ** 5 + next(32)), next), meaning];
    }),
  },
  nginx: {
    part: always((next) => {
      // More than the table of long ids holds is another test.
      const id = concat(new Uint8Array(6), bytes(2, next));
      return [concat(id, bytes(12, next)), meaningOf('nginx', id)];
    }),
  },
  'aws-nlb': {
    part: always((next) => {
      const id = bytes(8, next);
      return [filled(concat(u8(next(32)), id, bytes(4, next)), next), meaningOf('aws-nlb', id)];
    }),
  },
  'quic-lb': { part: (next) => quicLbPart('quic-lb', next) },
  envoy: { part: (next) => quicLbPart('envoy', next) },
  udpgrm: {
    part(next) {
      const max_apps = [1, 2, 4][next(3)] as number;
      return {
        given: { max_apps },
        make(next) {
          const [index, generation] = [next(256), next(32)];
          const c = 0xd ^ (index >> 4) ^ (index & 15) ^ (generation >> 4) ^ (generation & 15);
          const checksum = (c & 7) ^ ((c >> 3) & 1);
          const cid = filled(concat(u8(1, index, (checksum << 5) | generation), bytes(5, next)), next);
          return [cid, meaningOf('udpgrm', null, index, generation % (32 / max_apps))];
        },
      };
    },
  },
  msquic: {
    part(next) {
      const mode = next(3);
      const partitions = next(2) === 0 ? 0 : 1 + next(300);
      let mask = 0;
      while (mask < partitions) mask = mask * 2 + 1;
      return {
        given: { load_balancing_mode: mode, ...(partitions > 0 && { partitions }) },
        make(next) {
          const partition = next(65_536);
          const worker = partitions > 0 ? (partition & mask) % partitions : partition;
          const little = u8(partition & 0xff, partition >> 8);
          if (mode === 0) return [concat(little, bytes(7, next)), meaningOf('msquic', null, worker)];
          const id = bytes(4, next);
          const cid = concat(bytes(1, next), id, little, bytes(7, next));
          return [cid, meaningOf('msquic', mode === 1 ? id : id.toReversed(), worker)];
        },
      };
    },
  },
  nghttpx: {
    part: () => ({
      given: { secret_file: SECRETS.nghttpx },
      make(next) {
        const id = bytes(4, next);
        const [process, thread] = [next(65_536), next(65_536)];
        const little = (value: number) => u8(value & 0xff, value >> 8);
        const block = aes(KEYS.nghttpx, concat(id, little(process), little(thread), bytes(8, next)));
        return [concat(u8(0x40 | next(32)), block), meaningOf('nghttpx', id, thread, process)];
      },
    }),
  },
  h2o: {
    part(next) {
      const clustered = next(2) === 0;
      return {
        given: { ticket_file: TICKETS, clustered },
        make(next) {
          const id = concat(new Uint8Array(6), u16(next(65_536)));
          const thread = next(2 ** 24);
          const rest = concat(bytes(4, next), u32(thread).subarray(1), u8(next(256)));
          if (!clustered) return [concat(u8(0xa7), fourPasses(KEYS.h2o, rest)), meaningOf('h2o', null, thread)];
          return [concat(u8(0xa7), aes(KEYS.h2o, concat(id, rest))), meaningOf('h2o', id, thread)];
        },
      };
    },
  },
  offset: {
    part(next) {
      const cid_length = 1 + next(20);
      const bits = 1 + next(Math.min(120, 8 * cid_length));
      const bit = next(8 * cid_length - bits + 1);
      return {
        given: { bit, bits, cid_length },
        make(next) {
          const cid = bytes(cid_length, next);
          const all = [...cid].map((byte) => byte.toString(2).padStart(8, '0')).join('');
          const value = BigInt(`0b${all.slice(bit, bit + bits)}`).toString(16);
          return [cid, meaningOf('offset', unhex(value.padStart(2 * Math.ceil(bits / 8), '0')))];
        },
      };
    },
  },
};
