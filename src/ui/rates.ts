// Counters turned into rates, by looking at them about once a second.
import { LIMITS } from '../core/abi.gen.js';
import type { ScreenSource } from '../core/source.js';

const HISTORY = 120;

export interface RxQueueRate {
  packets: number;
  /** Frames lost since the start. */
  lost: number;
}

const sum = (values: object): number =>
  Object.values(values).reduce((total: number, value: number) => total + value, 0);

/** Rates are per second, of captured frames; null until two looks were taken. */
export class Rates {
  packets: number | null = null;
  bits: number | null = null;
  /** Packets per second, oldest first, at most HISTORY of them. */
  readonly history: number[] = [];
  /** Packets per second of each logical queue. */
  readonly queues = new Float64Array(LIMITS.QUEUES);
  rxQueues: RxQueueRate[] = [];
  /** Frames lost since the start, all causes. */
  lost = 0;

  private lastTime: number | null = null;
  private lastCaptured = 0;
  private lastBytes = 0;
  private readonly lastQueues = new Float64Array(LIMITS.QUEUES);
  private readonly lastRxQueues: Float64Array;

  constructor(private readonly capture: ScreenSource) {
    this.lastRxQueues = new Float64Array(capture.rxQueues);
  }

  /** @param time milliseconds of a monotonic clock */
  sample(time: number): void {
    const { recorder } = this.capture;
    const seconds = this.lastTime === null ? null : (time - this.lastTime) / 1000;
    const { captured, capturedBytes } = recorder;
    if (seconds) {
      this.packets = (captured - this.lastCaptured) / seconds;
      this.bits = (8 * (capturedBytes - this.lastBytes)) / seconds;
      this.history.push(this.packets);
      if (this.history.length > HISTORY) this.history.shift();
    }
    this.lastTime = time;
    this.lastCaptured = captured;
    this.lastBytes = capturedBytes;
    for (let queue = 0; queue < LIMITS.QUEUES; queue++) {
      const { packets } = recorder.queue(queue);
      this.queues[queue] = seconds ? (packets - (this.lastQueues[queue] as number)) / seconds : 0;
      this.lastQueues[queue] = packets;
    }
    this.rxQueues = this.capture.rxQueueLosses().map((losses, queue) => {
      const { packets } = recorder.rxQueue(queue);
      const rate = seconds ? (packets - (this.lastRxQueues[queue] as number)) / seconds : 0;
      this.lastRxQueues[queue] = packets;
      return { packets: rate, lost: sum(losses) };
    });
    this.lost = sum(this.capture.ledger().lost);
  }
}
