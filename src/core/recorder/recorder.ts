// Reads the flight recorder: the shared memory that the addon's drain threads write (addon/recorder/recorder_layout.h).
// No other file sees shared memory: what leaves this one was copied out and found whole.
import { readLayouts } from '../cid/layout.js';
import { ServerIds } from '../cid/server-id.js';
import { CID_LAYOUT, COUNT, LANE, LIMITS, RECORD, RECORDER, RECORDER_LIMITS, SERVER_ID } from '../native/abi.gen.js';
import type { RecordView } from './record.js';

const LOW_HALF = 2 ** 32;
/** Bytes that few frames are longer than. */
const FRAME_ROOM = 2048;

const fence = new Int32Array(new SharedArrayBuffer(4));

/** Keeps a copy's plain reads before the look at `tail` that follows: an atomic load alone does not, on ARM. */
function finishReads(): void {
  Atomics.or(fence, 0, 0);
}

/** Packets and whole-frame bytes since the start of the session. */
export interface Count {
  packets: number;
  bytes: number;
}

/** One drain thread's part of the recorder. Records [tail(), head()) can be read. */
export class Lane {
  private readonly words: Uint32Array;
  private readonly atomics: Int32Array;
  private readonly bytes: Uint8Array;
  /** How many bytes of frames it holds at most. */
  readonly bytesCapacity: number;
  private readonly recordMask: number;
  private readonly recordsWord: number;
  private readonly bytesOffset: number;

  constructor(
    memory: SharedArrayBuffer,
    offset: number,
    size: number,
    readonly index: number,
    private readonly serverIds: ServerIds,
  ) {
    this.words = new Uint32Array(memory, offset, size / 4);
    this.atomics = new Int32Array(memory, offset, size / 4);
    this.bytes = new Uint8Array(memory, offset, size);
    this.recordMask = this.u64(LANE.record_slots) - 1;
    this.recordsWord = this.u64(LANE.records_offset) / 4;
    this.bytesOffset = this.u64(LANE.bytes_offset);
    this.bytesCapacity = this.u64(LANE.bytes_capacity);
  }

  /** Reads a counter that the writer may be moving: again when its upper half moved meanwhile. */
  private u64(offset: number): number {
    const word = offset / 4;
    for (;;) {
      const high = Atomics.load(this.atomics, word + 1) >>> 0;
      const low = Atomics.load(this.atomics, word) >>> 0;
      if (high === Atomics.load(this.atomics, word + 1) >>> 0) return high * LOW_HALF + low;
    }
  }

  /** How many records it holds at most: a power of two. */
  get slots(): number {
    return this.recordMask + 1;
  }
  /** One past the newest record's sequence number. */
  head(): number {
    return this.u64(LANE.head);
  }
  /** The oldest record's sequence number. */
  tail(): number {
    return this.u64(LANE.tail);
  }
  get frames(): number {
    return this.u64(LANE.frames);
  }
  get frameBytes(): number {
    return this.u64(LANE.frame_bytes);
  }
  get framesOverwritten(): number {
    return this.u64(LANE.frames_overwritten);
  }
  get framesWithoutMetadata(): number {
    return this.u64(LANE.without_metadata);
  }
  get cidsNotOpened(): number {
    return this.u64(LANE.cids_not_opened);
  }
  private count(offset: number): Count {
    return { packets: this.u64(offset), bytes: this.u64(offset + COUNT.bytes) };
  }
  /** Frames of one logical queue (backend % LIMITS.QUEUES). */
  queue(queue: number): Count {
    return this.count(LANE.queues + queue * COUNT.SIZE);
  }
  rxQueue(rxQueue: number): Count {
    if (rxQueue >= RECORDER_LIMITS.RX_QUEUES) throw new RangeError(`RX queue ${rxQueue} has no counter of its own`);
    return this.count(LANE.rx_queues + rxQueue * COUNT.SIZE);
  }

  /** Whether a record is still there. Sequence numbers are compared by their lower 32 bits: a lane holds fewer. */
  holds(sequence: number): boolean {
    finishReads();
    return (((sequence | 0) - Atomics.load(this.atomics, LANE.tail / 4)) | 0) >= 0;
  }

  /** Copies a record below head() into `view`. False: it has been overwritten, and `view` holds nothing of use. */
  load(sequence: number, view: RecordView): boolean {
    const { words } = this;
    const from = this.recordsWord + (sequence & this.recordMask) * (RECORD.SIZE / 4);
    const to = view.words;
    for (let i = 0; i < RECORD.SIZE / 4; i++) to[i] = words[from + i] as number;
    view.lane = this.index;
    view.serverIds = this.serverIds;
    return this.holds(sequence) && view.sequence === sequence;
  }

  /**
   * A copy of the captured bytes of the record's frame, at the start of `room` when there is one; or null when they have
   * been overwritten.
   */
  frameOf(view: RecordView, room?: Uint8Array): Uint8Array | null {
    const start = this.bytesOffset + (view.bytesPosition % this.bytesCapacity);
    const copy = room?.subarray(0, view.capturedLength) ?? new Uint8Array(view.capturedLength);
    copy.set(this.bytes.subarray(start, start + view.capturedLength));
    return this.holds(view.sequence) ? copy : null;
  }
}

/** The recorder of one session. */
export class Recorder {
  readonly lanes: readonly Lane[];
  /** By which connection IDs were read: struct qt_cid_layout, one behind the other. */
  readonly cidLayouts: Uint8Array;
  /** Those layouts, and what the handles of backends stand for. */
  readonly serverIds: ServerIds;
  /** Wall-clock time of the session's start, nanoseconds since 1970. Record times count from here. */
  readonly epoch: bigint;

  /** @throws Error when the memory was laid out by an addon of another version. */
  constructor(readonly memory: SharedArrayBuffer) {
    const header = new DataView(memory, 0, RECORDER.SIZE);
    const magic = header.getUint32(RECORDER.magic, true);
    const version = header.getUint32(RECORDER.abi_version, true);
    if (magic !== RECORDER_LIMITS.RECORDER_MAGIC || version !== LIMITS.ABI_VERSION) {
      throw new Error(`the recorder has layout version ${version}, this quic-top reads ${LIMITS.ABI_VERSION}`);
    }
    const size = Number(header.getBigUint64(RECORDER.lane_size, true));
    this.epoch = header.getBigUint64(RECORDER.epoch, true);
    this.cidLayouts = new Uint8Array(memory, RECORDER.cid_layouts, LIMITS.CID_LAYOUTS * CID_LAYOUT.SIZE).slice();
    const lanes = Number(header.getBigUint64(RECORDER.lanes_offset, true));
    this.serverIds = new ServerIds(readLayouts(this.cidLayouts), (place) =>
      new Uint8Array(memory, RECORDER.SIZE + place * SERVER_ID.SIZE, SERVER_ID.SIZE).slice(),
    );
    this.lanes = Array.from(
      { length: header.getUint32(RECORDER.lanes, true) },
      (_, i) => new Lane(memory, lanes + i * size, size, i, this.serverIds),
    );
  }

  lane(view: RecordView): Lane {
    return this.lanes[view.lane] as Lane;
  }

  /** Gives frames as Lane.frameOf does, each in the memory of the one before: memory of its own costs more than the copy. */
  frameReader(): (view: RecordView) => Uint8Array | null {
    let room = new Uint8Array(FRAME_ROOM);
    return (view) => {
      if (view.capturedLength > room.length) room = new Uint8Array(view.capturedLength);
      return this.lane(view).frameOf(view, room);
    };
  }

  private sum(of: (lane: Lane) => number): number {
    return this.lanes.reduce((total, lane) => total + of(lane), 0);
  }
  /** Frames captured since the start. */
  get captured(): number {
    return this.sum((lane) => lane.frames);
  }
  get capturedBytes(): number {
    return this.sum((lane) => lane.frameBytes);
  }
  /** Frames that are no longer in the recorder. */
  get overwritten(): number {
    return this.sum((lane) => lane.framesOverwritten);
  }
  /** Frames of which the driver gave no metadata: their time is that of the drain, not of the arrival. */
  get withoutMetadata(): number {
    return this.sum((lane) => lane.framesWithoutMetadata);
  }
  /** Packets whose connection ID takes a key, and that came when as many as may be in a second were opened. */
  get cidsNotOpened(): number {
    return this.sum((lane) => lane.cidsNotOpened);
  }
  /** Packets recorded since the start, also those that are no longer there. A frame holds one or more. */
  get packets(): number {
    return this.sum((lane) => lane.head());
  }
  queue(queue: number): Count {
    return sumCounts(this.lanes.map((lane) => lane.queue(queue)));
  }
  /** @param rxQueue below RECORDER_LIMITS.RX_QUEUES, of which the last stands for all from there on */
  rxQueue(rxQueue: number): Count {
    return sumCounts(this.lanes.map((lane) => lane.rxQueue(rxQueue)));
  }
}

function sumCounts(counts: Count[]): Count {
  return counts.reduce((a, b) => ({ packets: a.packets + b.packets, bytes: a.bytes + b.bytes }));
}
