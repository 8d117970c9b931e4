// The main thread's side of the analysis: keeps what the reports say, and reads what the analysis wrote of each packet.
import type { Cids } from '../capture/capture.js';
import type { ServerEvidence } from '../cid/cid-samples.js';
import type { Trust } from '../cid/trust.js';
import { ChangeQueue, type ConnectionChange } from '../connections/changes.js';
import {
  type ConnectionEvent,
  type ConnectionsReport,
  NO_CONNECTIONS,
  type PacketConnection,
} from '../connections/connection.js';
import { type Decoded, NOT_DECODED, NOTHING_KNOWN } from '../quic/decoded.js';
import type { RecordView } from '../recorder/record.js';
import type { Recorder } from '../recorder/recorder.js';
import type { Answer, Census, PackedCensus, Report, Request } from './analysis.js';
import { NO_CENSUS, unpackCensus } from './census-counter.js';
import { ConnectionNumbers } from './connection-numbers.js';
import { DetailsRing, parseDetails } from './details-ring.js';
import { SideTable } from './side-table.js';

/** CIDs in one request. */
const MAX_ASKED = 4096;
/** Changes of connections that wait for a reader. */
const MAX_CHANGES = 65_536;

export class AnalysisIndex {
  readonly table: SideTable;
  readonly details: DetailsRing;
  readonly numbers: ConnectionNumbers;
  /** See Analysis. */
  connections: ConnectionsReport = NO_CONNECTIONS;
  private readonly changes = new ChangeQueue(MAX_CHANGES);
  private changesLostBefore = 0;
  /** Of a capture file: its CIDs, counted as a live capture's are. */
  cids: Cids | null = null;
  /** See Analysis. */
  missed = 0;
  overBudget = 0;
  private upTo: readonly number[];
  private packed: PackedCensus | null = null;
  private unpacked: Census | null = NO_CENSUS;
  private trusts = new Map<string, Trust | null>();
  private wanted = new Set<string>();
  private shown: readonly ServerEvidence[] | null = null;
  private wantsEvidence = false;
  private timelines = new Map<number, readonly ConnectionEvent[]>();
  private wantedTimelines = new Set<number>();

  /** @param ask takes a request to the analyser; called in add() */
  constructor(
    private readonly recorder: Recorder,
    private readonly ask: (request: Request) => void,
  ) {
    this.table = new SideTable(recorder);
    this.details = new DetailsRing(recorder);
    this.numbers = new ConnectionNumbers(recorder);
    this.upTo = recorder.lanes.map(() => 0);
  }

  add({ upTo, missed, overBudget, census, cids, connections, changes }: Report): void {
    this.upTo = upTo;
    this.missed = missed;
    this.overBudget = overBudget;
    if (cids) this.cids = cids;
    if (connections) this.connections = connections;
    for (const change of changes?.taken ?? []) this.changes.add(() => change);
    if (changes) this.changesLostBefore = changes.lost;
    if (!census) return;
    this.packed = census;
    this.unpacked = null;
    if (this.wanted.size > 0) this.ask({ cids: [...this.wanted] });
    this.wanted.clear();
    if (this.wantsEvidence) this.ask('evidence');
    this.wantsEvidence = false;
    for (const connection of this.timelines.keys())
      if (!this.wantedTimelines.has(connection)) this.timelines.delete(connection);
    for (const connection of this.wantedTimelines) this.ask({ connection });
    this.wantedTimelines.clear();
  }

  addAnswer(answer: Answer): void {
    if ('evidence' in answer) this.shown = answer.evidence;
    else if ('events' in answer) this.timelines.set(answer.connection, answer.events);
    else this.trusts = new Map(answer.cids.map((cid, i) => [cid, answer.trusts[i] ?? null]));
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
      this.numbers.clear(i, Math.max(from, lane.tail()), upTo[i] as number);
    });
    this.upTo = upTo;
  }

  /** See Analysis. */
  decodedOf(view: RecordView): Decoded {
    const { lane, sequence } = view;
    if (sequence >= this.decodedUpTo(lane)) return NOTHING_KNOWN;
    const known = this.table.get(lane, sequence);
    const details = known === 'details' ? this.details.get(lane, sequence) : null;
    // They may be those of the packet that took this one's place.
    if (!this.recorder.lane(view).holds(sequence)) return NOTHING_KNOWN;
    if (details !== null) return parseDetails(details);
    return known === null || known === 'details' ? NOT_DECODED : known;
  }

  /** See Analysis. */
  connectionOf(view: RecordView): PacketConnection | null {
    const { lane, sequence } = view;
    if (sequence >= this.decodedUpTo(lane)) return null;
    const connection = this.numbers.get(lane, sequence);
    // It may be that of the packet that took this one's place.
    return this.recorder.lane(view).holds(sequence) ? connection : null;
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

  /** See Analysis. The same: it is asked for with the next census. */
  evidence(): readonly ServerEvidence[] | null {
    this.wantsEvidence = true;
    return this.shown;
  }

  /** See Analysis. */
  takeChanges(): ConnectionChange[] {
    return this.changes.take();
  }

  /** See Analysis. */
  get changesLost(): number {
    return this.changesLostBefore + this.changes.lost;
  }

  /** See Analysis. The same. */
  eventsOf(connection: number): readonly ConnectionEvent[] | null {
    if (this.wantedTimelines.size < MAX_ASKED) this.wantedTimelines.add(connection);
    return this.timelines.get(connection) ?? null;
  }
}
