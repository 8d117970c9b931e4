// A ByteReader that makes a field of every read that has a name.

import { ByteReader, type Show } from '../quic/byte-reader.js';
import { hex } from '../text/format.js';
import type { FieldTree, FieldValue, GrowingField, Role } from './field.js';

/** Bytes of a value that are shown. */
const SHOWN_BYTES = 40;

/** Hex digits, cut. */
export function hexText(bytes: Uint8Array): string {
  if (bytes.length <= SHOWN_BYTES) return hex(bytes);
  return `${hex(bytes, 0, SHOWN_BYTES)}… (${bytes.length} bytes)`;
}

/** A varint of eight bytes, to the last digit. */
const exact = (bytes: Uint8Array) => (BigInt(`0x${hex(bytes)}`) & 0x3fff_ffff_ffff_ffffn).toString();

export class FieldReader extends ByteReader {
  /** Groups that are open, the innermost last. The first is where this reader's fields go. */
  private readonly groups: GrowingField[];
  /** Where `bytes` begin in their source. */
  private readonly base: number;

  /**
   * @param parent the field that gets the children
   * @param bytes a view of the source's bytes
   * @param cutRole what it means when the bytes end too early
   */
  constructor(
    private readonly tree: FieldTree,
    readonly parent: GrowingField,
    private readonly source: number,
    bytes: Uint8Array,
    public cutRole: Role = 'issue',
  ) {
    super(bytes);
    this.groups = [parent];
    this.base = bytes.byteOffset - (tree.sources[source]?.bytes.byteOffset ?? 0);
  }

  /** The next byte, -1 at the end. */
  get next(): number {
    return this.peek(1)[0] ?? -1;
  }

  /** The next bytes, or those that are left of them, without moving on. */
  peek(size: number): Uint8Array {
    return this.bytes.subarray(this.position, this.position + Math.min(size, this.left));
  }

  /** Where it stands, in the source. */
  get offset(): number {
    return this.base + this.position;
  }

  private add(name: string, value: FieldValue, start: number, end: number, role: Role): GrowingField {
    this.cover(end);
    const siblings = (this.groups.at(-1) as GrowingField).children;
    const place = { source: this.source, from: this.base + start, to: this.base + end };
    return this.tree.add(siblings, name, value, place, role);
  }

  private cover(end: number): void {
    for (let i = 1; i < this.groups.length; i++) {
      const group = this.groups[i] as GrowingField;
      group.to = Math.max(group.to, this.base + end);
    }
  }

  /**
   * A field over the bytes that were read last, if they were there: a part of them, or what they mean.
   * @param behind bytes that were read after those
   */
  mark(name: string, value: FieldValue, size: number, role: Role = 'plain', behind = 0): void {
    const end = this.position - behind;
    if (this.whole) this.add(name, value, end - size, end, role);
  }

  /** A field without bytes. */
  note(name: string, value: FieldValue, role: Role = 'plain'): void {
    this.mark(name, value, 0, role);
  }

  private number(name: string | undefined, show: Show<number>, read: () => number): number {
    const start = this.position;
    const { whole } = this;
    const value = read();
    this.cover(this.position);
    if (!name || !whole) return value;
    if (!this.whole) this.add(name, 'cut off', start, this.bytes.length, this.cutRole);
    else if (value <= Number.MAX_SAFE_INTEGER) this.add(name, show(value), start, this.position, 'plain');
    else this.add(name, exact(this.bytes.subarray(start, this.position)), start, this.position, 'plain');
    return value;
  }

  override u8(name?: string, show: Show<number> = String): number {
    return this.number(name, show, () => super.u8());
  }
  override u16(name?: string, show: Show<number> = String): number {
    return this.number(name, show, () => super.u16());
  }
  override u24(name?: string, show: Show<number> = String): number {
    return this.number(name, show, () => super.u24());
  }
  override u32(name?: string, show: Show<number> = String): number {
    return this.number(name, show, () => super.u32());
  }
  override varint(name?: string, show: Show<number> = String): number {
    return this.number(name, show, () => super.varint());
  }

  /** Of bytes that are not all there it shows those that are. No field comes of no bytes. */
  override take(size: number, name?: string, show: Show<Uint8Array> = hexText): Uint8Array {
    const { position: start, left, whole } = this;
    const taken = super.take(size);
    this.cover(this.position);
    if (!name || !whole) return taken;
    if (!this.whole) {
      const here = show(this.bytes.subarray(start));
      this.add(name, `${here} (cut after ${left} bytes)`, start, this.bytes.length, this.cutRole);
    } else if (size > 0) {
      this.add(name, show(taken), start, this.position, 'plain');
    }
    return taken;
  }

  override skip(value: number, name?: string): number {
    const size = super.skip(value);
    if (name && size > 0) this.mark(name, `${size} bytes`, size);
    return size;
  }

  /** Of bytes that are not all there it reads those that are. */
  override sub(size: number): FieldReader {
    const { left, whole } = this;
    const here = Math.min(size, left);
    const inner = this.on(this.groups.at(-1) as GrowingField, here);
    this.take(here);
    if (here < size && whole) {
      this.note(`Cut after ${here} bytes`, null, this.cutRole);
      this.whole = false;
    }
    inner.whole = whole;
    return inner;
  }

  /** A reader of the next bytes, for fields that go below another field; this one does not move on. */
  on(parent: GrowingField, size: number): FieldReader {
    return new FieldReader(this.tree, parent, this.source, this.peek(size), this.cutRole);
  }

  override begin(name: string, value: FieldValue = null, role: Role = 'plain'): GrowingField {
    const group = this.add(name, value, this.position, this.position, role);
    this.groups.push(group);
    return group;
  }
  override title(show: Show<number>, value: number): void {
    const group = this.groups.at(-1) as GrowingField;
    group.name = show(value);
    group.label = group.name;
  }
  override end(): void {
    this.groups.pop();
  }
}
