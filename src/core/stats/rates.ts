// Counters turned into rates, by looking at them about once a second.

import type { Ledger, Losses } from '../capture/capture.js';
import type { ScreenSource } from '../capture/source.js';
import { lostFrames } from '../capture/summary.js';
import { lostByNic } from '../host/nic-losses.js';
import { LIMITS, RECORDER_LIMITS } from '../native/abi.gen.js';
import { MovingRates } from './moving-rates.js';
import type { Load } from './skew.js';

const HISTORY = 120;

type RxLosses = Omit<Losses, 'tap_buffer_full'>;

export interface QueueRate extends Load {
  /** `q`: a logical queue (backend % 64). `rx`: a queue of the interface. */
  kind: 'q' | 'rx';
  queue: number;
  /** It is the last RX queue with a counter of its own, and stands for all higher ones too. */
  andHigher?: true;
  /** Since the start. */
  frames: number;
  /** Frames per second, the mean of about the last ten; of a file, which comes as fast as it can be read: its frames. */
  rate: number;
  /** Frames lost since the start; null for logical queues, whose frames are lost by RX queue. */
  lost: number | null;
}

/** Rates are per second, of captured frames; null until two looks were taken, and of files. */
export class Rates {
  packets: number | null = null;
  bits: number | null = null;
  /** Frames of each second, oldest first, at most HISTORY of them. */
  readonly history: number[] = [];
  /** Frames lost since the start, all causes. */
  lost = 0;
  /** And those that the network card lost, before that. */
  lostByNic = 0;

  // What the views show, of the last look at which they were not frozen.

  /** Of each logical queue: frames of the last second; of a file: its frames. */
  queues: readonly Load[] = new Array<Load>(LIMITS.QUEUES).fill({ rate: 0, active: false });
  /** The logical queues that ever had a frame, and all RX queues. */
  queueRows: readonly QueueRate[] = [];
  /** What had been captured was read before the ledger: it may be behind, and is never ahead. */
  ledger: Ledger | null = null;
  captured = 0;
  overwritten = 0;
  rxLosses: readonly RxLosses[] = [];

  private lastTime: number | null = null;
  private lastCaptured = 0;
  private lastBytes = 0;
  private readonly queueRates = new MovingRates<number>();
  private readonly rxRates = new MovingRates<number>();

  constructor(private readonly source: ScreenSource) {}

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
    this.lostByNic = lostByNic(ledger.nic);
    this.queueRates.look(
      time,
      counts(LIMITS.QUEUES, (queue) => recorder.queue(queue).packets),
    );
    this.rxRates.look(
      time,
      counts(Math.min(rxLosses.length, RECORDER_LIMITS.RX_QUEUES), (queue) => recorder.rxQueue(queue).packets),
    );
    if (frozen) return;
    this.ledger = ledger;
    this.rxLosses = rxLosses;
    this.captured = captured;
    this.overwritten = overwritten;
    const { queueRates } = this;
    this.queues = Array.from({ length: LIMITS.QUEUES }, (_, queue) =>
      this.load(queueRates, queue, queueRates.last(queue)),
    );
    this.queueRows = [...this.rowsOfQueues(), ...this.rowsOfRxQueues(rxLosses)];
  }

  private get isLive(): boolean {
    return this.source.kind === 'live';
  }

  /** @param rate of a live capture, null while not known */
  private load(rates: MovingRates<number>, queue: number, rate: number | null): Load {
    const frames = rates.count(queue);
    return this.isLive ? { rate: rate ?? 0, active: rates.isActive(queue) } : { rate: frames, active: frames > 0 };
  }

  private row(kind: QueueRate['kind'], queue: number, lost: number | null): QueueRate {
    const rates = kind === 'q' ? this.queueRates : this.rxRates;
    return { kind, queue, frames: rates.count(queue), lost, ...this.load(rates, queue, rates.mean(queue)) };
  }

  private rowsOfQueues(): QueueRate[] {
    return this.queues.map((_, queue) => this.row('q', queue, null)).filter(({ frames }) => frames > 0);
  }

  private rowsOfRxQueues(rxLosses: readonly RxLosses[]): QueueRate[] {
    const lost = rxLosses.map((of) => of.rx_ring_full + of.fill_ring_empty + of.invalid_descriptor);
    const higher = lost.splice(RECORDER_LIMITS.RX_QUEUES);
    const rows = lost.map((frames, queue) => this.row('rx', queue, frames));
    const last = rows.at(-1);
    if (!last || higher.length === 0) return rows;
    return [...rows.slice(0, -1), { ...last, andHigher: true, lost: sum([last.lost ?? 0, ...higher]) }];
  }
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

function counts(queues: number, of: (queue: number) => number): Map<number, number> {
  return new Map(Array.from({ length: queues }, (_, queue) => [queue, of(queue)]));
}
