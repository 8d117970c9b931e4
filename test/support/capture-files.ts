// Capture files of every kind, for tests of their readers.
import { type Bytes, concat } from './packets.js';

export type Order = 'big' | 'little';

function number(order: Order, size: number, value: bigint | number): Bytes {
  const bytes = Uint8Array.from({ length: size }, (_, i) => Number((BigInt(value) >> BigInt(8 * i)) & 0xffn));
  return order === 'big' ? bytes.reverse() : bytes;
}
export const n16 = (order: Order, value: number) => number(order, 2, value);
export const n32 = (order: Order, value: bigint | number) => number(order, 4, value);
export const n64 = (order: Order, value: bigint) => number(order, 8, BigInt.asUintN(64, value));

export interface FileFrame {
  /** Nanoseconds since 1970; in pcapng units of the interface. */
  time: bigint;
  bytes: Bytes;
  /** Bytes on the wire, when the frame was cut. */
  length?: number;
}

const SECOND = 1_000_000_000n;

export interface PcapOptions {
  order?: Order;
  nanoseconds?: boolean;
  linkType?: number;
}

export function pcap(frames: FileFrame[], options: PcapOptions = {}): Bytes {
  const { order = 'little', nanoseconds = false, linkType = 1 } = options;
  const header = concat(
    n32(order, nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4),
    n16(order, 2),
    n16(order, 4),
    new Uint8Array(8),
    n32(order, 65535),
    n32(order, linkType),
  );
  return concat(
    header,
    ...frames.map(({ time, bytes, length = bytes.length }) =>
      concat(
        n32(order, time / SECOND),
        n32(order, (time % SECOND) / (nanoseconds ? 1n : 1000n)),
        n32(order, bytes.length),
        n32(order, length),
        bytes,
      ),
    ),
  );
}

/** Writes the blocks of pcapng sections of one byte order. */
export class Pcapng {
  constructor(private readonly order: Order = 'little') {}

  block(type: number, ...parts: Bytes[]): Bytes {
    const body = concat(...parts);
    const padded = concat(body, new Uint8Array((4 - (body.length % 4)) % 4));
    const length = n32(this.order, padded.length + 12);
    return concat(n32(this.order, type), length, padded, length);
  }

  option(code: number, value: Bytes): Bytes {
    const padding = new Uint8Array((4 - (value.length % 4)) % 4);
    return concat(n16(this.order, code), n16(this.order, value.length), value, padding);
  }

  section(): Bytes {
    const version = concat(n16(this.order, 1), n16(this.order, 0));
    return this.block(0x0a0d0d0a, n32(this.order, 0x1a2b3c4d), version, n64(this.order, -1n));
  }

  interface(linkType = 1, options: { resolution?: number; offset?: bigint; snapLength?: number } = {}): Bytes {
    const { resolution, offset, snapLength = 0 } = options;
    return this.block(
      1,
      n16(this.order, linkType),
      n16(this.order, 0),
      n32(this.order, snapLength),
      ...(resolution === undefined ? [] : [this.option(9, Uint8Array.of(resolution))]),
      ...(offset === undefined ? [] : [this.option(14, n64(this.order, offset))]),
      this.option(0, new Uint8Array(0)),
    );
  }

  private timed({ time, bytes, length = bytes.length }: FileFrame): Bytes {
    const units = BigInt.asUintN(64, time);
    return concat(
      n32(this.order, units >> 32n),
      n32(this.order, units & 0xffffffffn),
      n32(this.order, bytes.length),
      n32(this.order, length),
      bytes,
    );
  }
  enhanced(index: number, frame: FileFrame): Bytes {
    const comment = this.option(1, new TextEncoder().encode('a comment'));
    const { length: size } = frame.bytes;
    const padding = new Uint8Array((4 - (size % 4)) % 4);
    return this.block(6, n32(this.order, index), this.timed(frame), padding, comment);
  }
  obsolete(index: number, frame: FileFrame): Bytes {
    return this.block(2, n16(this.order, index), n16(this.order, 0), this.timed(frame));
  }
  simple(bytes: Bytes, length = bytes.length): Bytes {
    return this.block(3, n32(this.order, length), bytes);
  }
}
