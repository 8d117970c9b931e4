// Counters turned into rates, by looking at them about once a second.
import { LIMITS } from '../core/abi.gen.js';
import type { Ledger, Losses } from '../core/capture.js';
import type { ScreenSource } from '../core/source.js';
import { lostFrames } from '../core/summary.js';

const HISTORY = 120;

type RxLosses = Omit<Losses, 'tap_buffer_full'>;

export interface QueueRate {
  /** `q`: a logical queue (backend % 64). `rx`: a queue of the interface. */
  kind: 'q' | 'rx';
  queue: number;
  /** Since the start. */
  packets: number;
  /** Packets per second; of a file, which comes as fast as it can be read: its packets. */
  rate: number;
  /** Frames lost since the start; null for logical queues, whose frames are lost by RX queue. */
  lost: number | null;
}

/** Rates are per second, of captured frames; null until two looks were taken, and of files. */
export class Rates {
  packets: number | null = null;
  bits: number | null = null;
  /** Packets per second, oldest first, at most HISTORY of them. */
  readonly history: number[] = [];
  /** Frames lost since the start, all causes. */
  lost = 0;

  // What the views show, of the last look at which they were not frozen.

  /** Of each logical queue, as QueueRate.rate. */
  readonly queues = new Float64Array(LIMITS.QUEUES);
  /** The logical queues that ever had a packet, and all RX queues. */
  queueRows: readonly QueueRate[] = [];
  /** What had been captured was read before the ledger: it may be behind, and is never ahead. */
  ledger: Ledger | null = null;
  captured = 0;
  overwritten = 0;
  rxLosses: readonly RxLosses[] = [];

  private lastTime: number | null = null;
  private lastCaptured = 0;
  private lastBytes = 0;
  private readonly lastQueues = new Float64Array(LIMITS.QUEUES);
  private readonly lastRxQueues: Float64Array;

  constructor(private readonly source: ScreenSource) {
    this.lastRxQueues = new Float64Array(source.rxQueues);
  }

  /**
   * @param time milliseconds of a monotonic clock
   * @param frozen the views stand still
   */
  sample(time: number, frozen = false): void {
    const { recorder } = this.source;
    const seconds = this.lastTime === null ? 0 : (time - this.lastTime) / 1000;
    const { captured, capturedBytes, overwritten } = recorder;
    if (seconds > 0 && this.isLive) {
      this.packets = (captured - this.lastCaptured) / seconds;
      this.bits = (8 * (capturedBytes - this.lastBytes)) / seconds;
      this.history.push(this.packets);
      if (this.history.length > HISTORY) this.history.shift();
    }
    this.lastTime = time;
    this.lastCaptured = captured;
    this.lastBytes = capturedBytes;
    const ledger = this.source.ledger();
    const rxLosses = this.source.rxQueueLosses();
    this.lost = lostFrames(ledger.lost);
    const queueRows = [...this.sampleQueues(seconds), ...this.sampleRxQueues(rxLosses, seconds)];
    if (frozen) return;
    this.ledger = ledger;
    this.rxLosses = rxLosses;
    this.captured = captured;
    this.overwritten = overwritten;
    this.queueRows = queueRows;
    for (const { kind, queue, rate } of queueRows) if (kind === 'q') this.queues[queue] = rate;
  }

  private get isLive(): boolean {
    return this.source.kind === 'live';
  }

  private rateOf(packets: number, before: number, seconds: number): number {
    if (!this.isLive) return packets;
    return seconds > 0 ? (packets - before) / seconds : 0;
  }

  private sampleQueues(seconds: number): QueueRate[] {
    const rows: QueueRate[] = [];
    for (let queue = 0; queue < LIMITS.QUEUES; queue++) {
      const { packets } = this.source.recorder.queue(queue);
      const rate = this.rateOf(packets, this.lastQueues[queue] as number, seconds);
      this.lastQueues[queue] = packets;
      if (packets > 0) rows.push({ kind: 'q', queue, packets, rate, lost: null });
    }
    return rows;
  }

  private sampleRxQueues(rxLosses: readonly RxLosses[], seconds: number): QueueRate[] {
    return rxLosses.map((losses, queue) => {
      const { packets } = this.source.recorder.rxQueue(queue);
      const rate = this.rateOf(packets, this.lastRxQueues[queue] as number, seconds);
      this.lastRxQueues[queue] = packets;
      const lost = losses.rx_ring_full + losses.fill_ring_empty + losses.invalid_descriptor;
      return { kind: 'rx', queue, packets, rate, lost };
    });
  }
}
