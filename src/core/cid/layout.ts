// How a configured scheme lays out connection IDs: what struct qt_cid_layout says, and what a person sees of it.
import { CID_LAYOUT, LIMITS, RECORDER_LIMITS } from '../native/abi.gen.js';
import { type CidScheme, schemeOf } from './schemes.js';

/** A part of a CID, in bytes; one that begins or ends inside a byte has all of it. */
export interface CidPart {
  role: 'selector' | 'backend' | 'free';
  from: number;
  to: number;
}

export class CidLayout {
  readonly scheme: CidScheme;
  /** The parts from byte 0 on to the end of the server id, without gaps. What follows means nothing. */
  readonly parts: readonly CidPart[];
  /** Its server ids have more bits than a record has for them. */
  readonly hasLongIds: boolean;

  /** @param bytes struct qt_cid_layout */
  constructor(bytes: Uint8Array) {
    this.scheme = schemeOf(bytes[CID_LAYOUT.scheme] as number);
    const bit = bytes[CID_LAYOUT.id_bit] as number;
    const bits = bytes[CID_LAYOUT.id_bits] as number;
    const end = bit + bits;
    this.hasLongIds = bits > RECORDER_LIMITS.HANDLE_BITS;
    this.parts = partsOf(bytes[CID_LAYOUT.first_mask] !== 0, bit >> 3, (end + 7) >> 3);
  }
}

function partsOf(hasSelector: boolean, from: number, to: number): CidPart[] {
  // A server id that begins in byte 0 shares it with what tells the scheme.
  const selected = hasSelector && from > 0 ? 1 : 0;
  const parts: CidPart[] = [
    { role: 'selector', from: 0, to: selected },
    { role: 'free', from: selected, to: from },
    { role: 'backend', from, to },
  ];
  return parts.filter((part) => part.to > part.from);
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
