// Which connection each record is of, in four bytes beside it: written by the analysis, read by the main thread.
import type { PacketConnection } from '../connections/connection.js';
import type { Recorder } from '../recorder/recorder.js';

const BYTES = 4;

/** Those of a record mean something while the recorder holds the record and the analysis has passed it. */
export class ConnectionNumbers {
  /** The connection's id, and behind it a bit: it is a guess. 0: not known. */
  private readonly lanes: readonly Uint32Array[];

  /** @param memory of the ConnectionNumbers on the other thread; none makes a new one */
  constructor(
    recorder: Recorder,
    readonly memory = new SharedArrayBuffer(recorder.lanes.reduce((total, { slots }) => total + slots * BYTES, 0)),
  ) {
    let offset = 0;
    this.lanes = recorder.lanes.map(({ slots }) => {
      offset += slots * BYTES;
      return new Uint32Array(memory, offset - slots * BYTES, slots);
    });
  }

  get(lane: number, sequence: number): PacketConnection | null {
    const numbers = this.lanes[lane] as Uint32Array;
    const number = numbers[sequence & (numbers.length - 1)] as number;
    return number === 0 ? null : { id: number >>> 1, guess: (number & 1) === 1 };
  }

  set(lane: number, sequence: number, { id, guess }: PacketConnection): void {
    const numbers = this.lanes[lane] as Uint32Array;
    numbers[sequence & (numbers.length - 1)] = ((id << 1) | Number(guess)) >>> 0;
  }

  /** Says that nothing is known of the records [from, to) of a lane, which holds at most as many as it has slots. */
  clear(lane: number, from: number, to: number): void {
    const numbers = this.lanes[lane] as Uint32Array;
    const start = from & (numbers.length - 1);
    const end = start + to - from;
    numbers.fill(0, start, end);
    numbers.fill(0, 0, Math.max(0, end - numbers.length));
  }
}
