// How a configured scheme lays out connection IDs: what struct qt_cid_layout says, and what a person sees of it.
import { CID_LAYOUT, LIMITS, RECORDER_LIMITS } from '../native/abi.gen.js';
import { type CidScheme, schemeOf } from './schemes.js';

/** A part of a CID, in bytes; one that begins or ends inside a byte has all of it that no part before it has. */
export interface CidPart {
  role: 'selector' | 'backend' | 'free' | 'worker' | 'process';
  from: number;
  to: number;
}

/** Where a number is in a CID: bits from the most significant one of byte 0, at most 32, big-endian. */
export interface CidBits {
  bit: number;
  bits: number;
}

/** The number, of the CID that begins at bytes[at] and reaches behind it. */
export function readBits(bytes: Uint8Array, at: number, { bit, bits }: CidBits): number {
  let value = 0;
  for (let i = bit; i < bit + bits; i++) value = value * 2 + (((bytes[at + (i >> 3)] as number) >> (7 - (i & 7))) & 1);
  return value;
}

export class CidLayout {
  readonly scheme: CidScheme;
  /** The parts from byte 0 on to the last one that means something, without gaps. */
  readonly parts: readonly CidPart[];
  /** Null: the scheme has none. */
  readonly worker: CidBits | null;
  readonly process: CidBits | null;
  /** Its server ids have more bits than a record has for them. */
  readonly hasLongIds: boolean;

  /** @param bytes struct qt_cid_layout */
  constructor(bytes: Uint8Array) {
    this.scheme = schemeOf(bytes[CID_LAYOUT.scheme] as number);
    const at = (bit: number, bits: number): CidBits | null =>
      bytes[bits] === 0 ? null : { bit: bytes[bit] as number, bits: bytes[bits] as number };
    const id = at(CID_LAYOUT.id_bit, CID_LAYOUT.id_bits);
    this.worker = at(CID_LAYOUT.worker_bit, CID_LAYOUT.worker_bits);
    this.process = at(CID_LAYOUT.process_bit, CID_LAYOUT.process_bits);
    this.hasLongIds = (id?.bits ?? 0) > RECORDER_LIMITS.HANDLE_BITS;
    this.parts = partsOf(bytes[CID_LAYOUT.first_mask] !== 0, [
      ['backend', id],
      ['worker', this.worker],
      ['process', this.process],
    ]);
  }
}

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
