// Layouts of connection IDs for tests, as the addon and the programs take them.
import { CID_LAYOUT, CID_LAYOUT_FLAGS, CID_SCHEME } from '../../src/core/native/abi.gen.js';

type LayoutFields = Partial<Record<Exclude<keyof typeof CID_LAYOUT, 'SIZE' | 'reserved'>, number>>;

/** One struct qt_cid_layout; what is absent is 0. */
export function cidLayout(fields: LayoutFields): Uint8Array {
  const bytes = new Uint8Array(CID_LAYOUT.SIZE);
  for (const [name, value] of Object.entries(fields)) bytes[CID_LAYOUT[name as keyof LayoutFields]] = value;
  return bytes;
}

/** As the user asked for it: what it says counts without proof. */
export const CIDV1 = cidLayout({
  flags: CID_LAYOUT_FLAGS.LAYOUT_GIVEN,
  scheme: CID_SCHEME.CID_CIDV1,
  least: 4,
  most: 20,
  first_mask: 0xff,
  first_value: 1,
  id_bit: 16,
  id_bits: 16,
});

/** As little like CIDv1 as can be: 24 bits that begin inside byte 2 of CIDs of 8 bytes, whose first two bits are 01. */
export const ELSEWHERE = cidLayout({
  scheme: CID_SCHEME.CID_OFFSET,
  least: 8,
  most: 8,
  first_mask: 0xc0,
  first_value: 0x40,
  id_bit: 20,
  id_bits: 24,
});

/** A CID of that layout. */
export function elsewhereCid(backend: number, first = 0x40): Uint8Array {
  return Uint8Array.of(
    first,
    0xee,
    0xe0 | (backend >>> 20),
    backend >>> 12,
    backend >>> 4,
    ((backend & 15) << 4) | 0xe,
    0xee,
    0xee,
  );
}
