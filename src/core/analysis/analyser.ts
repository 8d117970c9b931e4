// Walks every record of a recorder once, in order of time, decodes it and counts it. Runs on a thread of its own
// (src/threads/analysis-worker.ts), a part at a time, and reports after each.

import { CidTrust } from '../cid/trust-lru.js';
import { ChangeQueue } from '../connections/changes.js';
import type { ConnectionsReport } from '../connections/connection.js';
import { Connections } from '../connections/connections.js';
import { Decoder } from '../quic/decoder.js';
import { TimeBudget } from '../quic/time-budget.js';
import { fill, type Sink } from '../recorder/pump.js';
import { RecordView } from '../recorder/record.js';
import { RecordCursor } from '../recorder/record-cursor.js';
import type { Lane, Recorder } from '../recorder/recorder.js';
import type { Answer, Report, Request } from './analysis.js';
import { CensusCounter } from './census-counter.js';
import { CidCounter } from './cid-counter.js';
import type { ConnectionNumbers } from './connection-numbers.js';
import type { DetailsRing } from './details-ring.js';
import type { SideTable } from './side-table.js';

/** Records between two looks at the clock. An Initial costs some 20 us. */
const CHUNK = 64;
/** Milliseconds. */
const CENSUS_PERIOD = 1000;
/** Nanoseconds of packets that a live capture may be ahead. */
const MAX_LAG = 2_000_000_000;
/** CIDs of most packets that are reported. */
const TOP_CIDS = 1024;

export interface AnalyserOptions {
  /** For a TimeBudget when the capture is live; null: a capture file, all of whose packets are wanted. */
  liveBudget: number | null;
  /** Somebody is to be told of what happens to each connection. */
  tellsChanges?: boolean;
  /** Milliseconds, as performance.now() of the main thread. */
  now(): number;
}

export class Analyser {
  private readonly cursor: RecordCursor;
  private readonly sinks: readonly Sink[] = [{ full: false, add: (view) => this.take(view) }];
  private readonly decoder: Decoder;
  private readonly census = new CensusCounter();
  private readonly trust = new CidTrust();
  private readonly cids: CidCounter | null;
  private readonly connections: Connections;
  private readonly changes: ChangeQueue | null;
  private readonly readFrame: (view: RecordView) => Uint8Array | null;
  private readonly oldest = new RecordView();
  private readonly youngest = new RecordView();
  /** The newest packet that was given to `connections`, and when: milliseconds of now(). */
  private readonly newest = { time: 0, seen: 0 };
  private censusDue = 0;
  private stopped = false;

  constructor(
    private readonly recorder: Recorder,
    private readonly table: SideTable,
    private readonly details: DetailsRing,
    private readonly numbers: ConnectionNumbers,
    private readonly options: AnalyserOptions,
  ) {
    const { liveBudget, now } = options;
    this.cursor = new RecordCursor(recorder);
    this.decoder = new Decoder({ budget: liveBudget === null ? null : new TimeBudget(liveBudget, now) });
    this.cids = liveBudget === null ? new CidCounter() : null;
    this.readFrame = recorder.frameReader();
    this.changes = options.tellsChanges ? new ChangeQueue() : null;
    this.connections = new Connections({
      serverIds: recorder.serverIds,
      readFrame: this.readFrame,
      onEvent: (tracked, time, what) => {
        this.changes?.add(() => ({ what, time, connection: this.connections.row(tracked) }));
      },
    });
  }

  /** Decodes for about `budget` milliseconds, or until there is no more. Null: there is nothing to report. */
  run(budget: number): Report | null {
    const { now, liveBudget } = this.options;
    const deadline = now() + budget;
    const { connections, newest } = this;
    const before = this.upTo();
    if (liveBudget !== null && !this.stopped) this.catchUp();
    let more: boolean;
    do more = fill(this.cursor, this.sinks, CHUNK).count === CHUNK;
    while (more && now() < deadline && !this.changes?.full);
    if (connections.newest > newest.time) Object.assign(newest, { time: connections.newest, seen: now() });
    const upTo = this.upTo();
    const due = now() >= this.censusDue;
    return due || upTo.some((end, i) => end !== before[i]) ? this.report(upTo, more, due) : null;
  }

  /** Nothing is captured any more: what is there now is no longer passed over, however much it is. */
  finish(): void {
    this.stopped = true;
  }

  answer(request: Request): Answer {
    if (request === 'evidence') return { evidence: this.decoder.evidence() };
    if ('connection' in request) return { ...request, events: this.connections.events(request.connection) };
    const { cids } = request;
    return { cids, trusts: cids.map((cid) => this.trust.of(cid)) };
  }

  private upTo(): number[] {
    return this.recorder.lanes.map((_, lane) => this.cursor.upTo(lane));
  }

  private take(view: RecordView): void {
    const decoded = this.decoder.decode(view, this.readFrame);
    if (!this.table.set(view.lane, view.sequence, decoded)) this.details.set(view.lane, view.sequence, decoded);
    this.census.count(view, decoded);
    this.trust.note(view, decoded.trust);
    this.cids?.count(view);
    this.numbers.set(view.lane, view.sequence, this.connections.add(view, decoded));
  }

  private report(upTo: number[], more: boolean, due: boolean): Report {
    const { cids } = this;
    const now = this.options.now();
    if (due) this.censusDue = now + CENSUS_PERIOD;
    return {
      upTo,
      more,
      missed: this.cursor.skipped,
      overBudget: this.decoder.overBudget,
      census: due ? this.census.take(now, this.cursor.skipped, this.decoder.overBudget) : null,
      cids: due && cids?.changed ? cids.top(TOP_CIDS) : null,
      // Before the changes: it looks who is silent.
      connections: due ? this.connectionsAt(now) : null,
      changes: this.changes && { taken: this.changes.take(), lost: this.changes.lost },
    };
  }

  /** In a live capture time passes without packets, too. */
  private connectionsAt(now: number): ConnectionsReport {
    const { connections, newest } = this;
    if (this.options.liveBudget !== null && newest.time > 0) {
      connections.passTime(newest.time + (now - newest.seen) * 1e6);
    }
    return connections.report(now);
  }

  /** What cannot be decoded before it is overwritten, or is old news, is passed over, so that the newest is not. */
  private catchUp(): void {
    if (!this.recorder.lanes.some((lane) => this.isBehind(lane))) return;
    for (const lane of this.recorder.lanes) {
      const head = lane.head();
      const from = Math.max(this.cursor.upTo(lane.index), lane.tail());
      this.table.clear(lane.index, from, head);
      this.numbers.clear(lane.index, from, head);
      this.cursor.skipTo(lane.index, head);
    }
  }

  private isBehind(lane: Lane): boolean {
    const { oldest, youngest } = this;
    const [next, head, tail] = [this.cursor.upTo(lane.index), lane.head(), lane.tail()];
    if (next >= head) return false;
    // The recorder is full, and more of it is undecoded than decoded.
    if (tail > 0 && head - next > next - tail) return true;
    return lane.load(next, oldest) && lane.load(head - 1, youngest) && youngest.time - oldest.time > MAX_LAG;
  }
}
