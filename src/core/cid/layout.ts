// How a configured scheme lays out connection IDs: what struct qt_cid_layout says, and what a person sees of it.
import { CID_LAYOUT, CID_LAYOUT_FLAGS, LIMITS, RECORDER_LIMITS } from '../native/abi.gen.js';
import { type CidScheme, schemeOf } from './schemes.js';

/** A part of a CID, in bytes; one that begins or ends inside a byte has all of it that no part before it has. */
export interface CidPart {
  role: 'selector' | 'backend' | 'free' | 'worker' | 'process';
  from: number;
  to: number;
}

/** Where a number is in a CID: bits from the most significant one of byte 0. */
export interface CidBits {
  bit: number;
  bits: number;
}

/** Why a CID names no server although it is of a scheme (enum qt_unroutable), as JSON and filters have it. */
export const UNROUTABLES = ['reserved', 'config', 'length'] as const;
export type Unroutable = (typeof UNROUTABLES)[number];
export const UNROUTABLE_HELP: Record<Unroutable, string> = {
  reserved: 'its first bits are those that no configuration has (0b111 in QUIC-LB)',
  config: 'nobody configured what its first bits say',
  length: 'it is too short for its configuration',
};

export class CidLayout {
  readonly scheme: CidScheme;
  /** What the scheme calls its configuration by, where it has several. */
  readonly configId: number;
  /** The parts from byte 0 on to the last one that means something, without gaps. */
  readonly parts: readonly CidPart[];
  /** Null: the scheme has none. Of encrypted CIDs it is somewhere in what is encrypted. */
  readonly worker: CidBits | null;
  readonly process: CidBits | null;
  /** Its server ids have more bits than a record has for them. */
  readonly hasLongIds: boolean;
  /** The user said that servers use it: what it says counts without proof. */
  readonly isGiven: boolean;
  /** It reads the SCID of a Retry, too. */
  readonly inRetry: boolean;
  /** How likely it fits a random CID that is long enough. */
  readonly chance: number;
  /** Why a CID that it fits names no server; null: it may. */
  readonly unroutable: Unroutable | null;

  /** @param bytes struct qt_cid_layout */
  constructor(bytes: Uint8Array) {
    const of = (field: keyof typeof CID_LAYOUT) => bytes[CID_LAYOUT[field]] as number;
    this.scheme = schemeOf(of('scheme'));
    this.configId = of('config_id');
    this.unroutable = UNROUTABLES[of('unroutable') - 1] ?? null;
    this.isGiven = (of('flags') & CID_LAYOUT_FLAGS.LAYOUT_GIVEN) !== 0;
    this.inRetry = (of('flags') & CID_LAYOUT_FLAGS.LAYOUT_IN_RETRY) !== 0;
    this.chance = 2 ** -(bitsIn(of('first_mask')) + of('checks'));
    const sealed = of('sealed');
    const at = (bit: 'id_bit' | 'worker_bit' | 'process_bit', bits: 'id_bits' | 'worker_bits' | 'process_bits') => {
      if (of(bits) === 0) return null;
      const isSealed = of(bit) >= 8 && of(bit) < 8 * (1 + sealed);
      return isSealed ? { bit: 8, bits: 8 * sealed } : { bit: of(bit), bits: of(bits) };
    };
    const id = at('id_bit', 'id_bits');
    this.worker = at('worker_bit', 'worker_bits');
    this.process = at('process_bit', 'process_bits');
    this.hasLongIds = of('id_bits') > RECORDER_LIMITS.HANDLE_BITS;
    this.parts = partsOf(of('first_mask') !== 0 || sealed > 0, [
      ['backend', id],
      ['worker', this.worker],
      ['process', this.process],
    ]);
  }
}

const bitsIn = (byte: number) => byte.toString(2).replaceAll('0', '').length;

function partsOf(hasSelector: boolean, known: [CidPart['role'], CidBits | null][]): CidPart[] {
  const parts: CidPart[] = [];
  let end = 0;
  const add = (role: CidPart['role'], to: number) => {
    if (to > end) parts.push({ role, from: end, to });
    end = Math.max(end, to);
  };
  // A server id that begins in byte 0 shares it with what tells the scheme.
  if (hasSelector && known.every(([, place]) => place === null || place.bit >= 8)) add('selector', 1);
  const places = known.flatMap(([role, place]) => (place ? [{ role, ...place }] : []));
  for (const { role, bit, bits } of places.sort((a, b) => a.bit - b.bit)) {
    add('free', bit >> 3);
    add(role, (bit + bits + 7) >> 3);
  }
  return parts;
}

/** The layouts in the memory of a recorder; those that are not configured are left out. They are the first ones. */
export function readLayouts(memory: Uint8Array): CidLayout[] {
  return Array.from({ length: LIMITS.CID_LAYOUTS }, (_, i) =>
    memory.subarray(i * CID_LAYOUT.SIZE, (i + 1) * CID_LAYOUT.SIZE),
  )
    .filter((bytes) => bytes[CID_LAYOUT.scheme] !== 0)
    .map((bytes) => new CidLayout(bytes));
}

/** A backend by its handle (qt_record.backend), which means something beside its layout: the place of that, from 1. */
export interface BackendHandle {
  cidLayout: number;
  handle: number;
}

/** It as one number: for the first layout the handle itself. */
export function backendKey({ cidLayout, handle }: BackendHandle): number {
  return (cidLayout - 1) * 2 ** 32 + handle;
}
