// The main thread's side of the analysis: keeps what the reports say, and forgets what the recorder has overwritten.
import type { Cids } from '../capture/capture.js';
import type { Trust } from '../cid/trust.js';
import { type Decoded, NOT_DECODED, NOTHING_KNOWN } from '../quic/decoded.js';
import type { RecordView } from '../recorder/record.js';
import type { Recorder } from '../recorder/recorder.js';
import type { Census, PackedCensus, Report, TrustAnswer, TrustRequest } from './analysis.js';
import { NO_CENSUS, unpackCensus } from './census-counter.js';
import { SideTable } from './side-table.js';

/** Packets with details that are kept of each lane, at about 250 bytes: the newest. */
const MAX_DETAILS = 2 ** 20;
/** CIDs in one request. */
const MAX_ASKED = 4096;

export class AnalysisIndex {
  readonly table: SideTable;
  /** Of a capture file: its CIDs, counted as a live capture's are. */
  cids: Cids | null = null;
  /** See Analysis. */
  missed = 0;
  overBudget = 0;
  /** Of each lane: sequence number to details, in ascending order. */
  private readonly details: readonly Map<number, Decoded>[];
  private upTo: readonly number[];
  private packed: PackedCensus | null = null;
  private unpacked: Census | null = NO_CENSUS;
  private trusts = new Map<string, Trust | null>();
  private wanted = new Set<string>();

  /** @param ask takes a request to the analyser; called in add() */
  constructor(
    private readonly recorder: Recorder,
    private readonly ask: (request: TrustRequest) => void,
  ) {
    this.table = new SideTable(recorder);
    this.details = recorder.lanes.map(() => new Map());
    this.upTo = recorder.lanes.map(() => 0);
  }

  add({ upTo, missed, overBudget, lanes, sequences, details, census, cids }: Report): void {
    lanes.forEach((lane, i) => {
      this.details[lane]?.set(sequences[i] as number, details[i] as Decoded);
    });
    this.upTo = upTo;
    this.missed = missed;
    this.overBudget = overBudget;
    this.forget();
    if (cids) this.cids = cids;
    if (!census) return;
    this.packed = census;
    this.unpacked = null;
    if (this.wanted.size > 0) this.ask({ cids: [...this.wanted] });
    this.wanted.clear();
  }

  addTrusts({ cids, trusts }: TrustAnswer): void {
    this.trusts = new Map(cids.map((cid, i) => [cid, trusts[i] ?? null]));
  }

  /** Whether all that is in the recorder is decoded or passed over. */
  get complete(): boolean {
    return this.recorder.lanes.every((lane, i) => this.decodedUpTo(i) >= lane.head());
  }

  /** Records that are decoded or passed over. */
  get progress(): number {
    return this.upTo.reduce((sum, end) => sum + end, 0);
  }

  /** No more reports will come: what was not decoded never will be. */
  giveUp(): void {
    const upTo = this.recorder.lanes.map((lane) => lane.head());
    this.recorder.lanes.forEach((lane, i) => {
      const from = this.decodedUpTo(i);
      this.missed += (upTo[i] as number) - from;
      this.table.clear(i, Math.max(from, lane.tail()), upTo[i] as number);
    });
    this.upTo = upTo;
  }

  private forget(): void {
    this.recorder.lanes.forEach((lane, i) => {
      const details = this.details[i] as Map<number, Decoded>;
      for (const sequence of details.keys()) {
        if (details.size <= MAX_DETAILS && lane.holds(sequence)) break;
        details.delete(sequence);
      }
    });
  }

  /** See Analysis. */
  decodedOf(view: RecordView): Decoded {
    const { lane, sequence } = view;
    if (sequence >= this.decodedUpTo(lane)) return NOTHING_KNOWN;
    const known = this.table.get(lane, sequence);
    // The byte may be that of the packet that took this one's place.
    if (!this.recorder.lane(view).holds(sequence)) return NOTHING_KNOWN;
    if (known === null) return NOT_DECODED;
    return known === 'details' ? (this.details[lane]?.get(sequence) ?? NOT_DECODED) : known;
  }

  /** See Analysis. */
  decodedUpTo(lane: number): number {
    return this.upTo[lane] ?? 0;
  }

  /** See Analysis. Made when it is asked for: it can have 65,536 backends. */
  get census(): Census {
    if (!this.unpacked) this.unpacked = this.packed ? unpackCensus(this.packed, this.recorder.serverIds) : NO_CENSUS;
    return this.unpacked;
  }

  /** See Analysis. Asked about once a second, together with the next census. */
  trustOf(cid: string): Trust | null {
    if (this.wanted.size < MAX_ASKED) this.wanted.add(cid);
    return this.trusts.get(cid) ?? null;
  }
}
