// What a dissection is: a tree of fields over the bytes that they were read from.

/** Bytes that fields point into: the frame, and what was made of it. */
export interface ByteSource {
  title: string;
  bytes: Uint8Array;
}

/** 'summary' is a layer's headline, 'issue' something wrong; the other two are coloured in a CID. */
export type Role = 'plain' | 'summary' | 'issue' | 'cidVersion' | 'cidBackend';

export interface Field {
  /** Safe to print: `Version: v1 (0x00000001)`. */
  label: string;
  /** Index in Dissection.sources. */
  source: number;
  /** The bytes [from, to) there; from == to for what has no bytes of its own. Children's lie within. */
  from: number;
  to: number;
  role: Role;
  children: readonly Field[];
}

export interface Dissection {
  sources: readonly ByteSource[];
  fields: readonly Field[];
  /** The QUIC packet that it is the dissection of, among them; null when its bytes are not what was captured. */
  selected: Field | null;
}

/** A field whose tree is still growing. */
export interface GrowingField extends Field {
  children: GrowingField[];
}

/** Fields of one dissection: a frame can be made to hold many more than anybody reads. */
const MAX_FIELDS = 2000;

/** Grows a dissection, up to MAX_FIELDS; one more says that there were others. */
export class FieldTree implements Dissection {
  readonly sources: ByteSource[] = [];
  readonly fields: GrowingField[] = [];
  selected: GrowingField | null = null;
  private left = MAX_FIELDS;

  /** Index of the new source. */
  addSource(title: string, bytes: Uint8Array): number {
    return this.sources.push({ title, bytes }) - 1;
  }

  /** @param siblings where it goes: `fields`, or the `children` of a field */
  add(siblings: GrowingField[], label: string, source: number, from: number, to: number, role: Role): GrowingField {
    const field: GrowingField = { label, source, from, to, role, children: [] };
    if (this.left > 0) siblings.push(field);
    else if (this.left === 0) siblings.push({ ...field, label: '... more', to: from, role: 'plain' });
    this.left--;
    return field;
  }
}
