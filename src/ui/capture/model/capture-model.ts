// What is shown of a capture: the packets that match, the selected one, rates and counts. Knows nothing of how it is drawn.

import type { Analysis } from '../../../core/analysis/analysis.js';
import type { ScreenSource } from '../../../core/capture/source.js';
import { compileFilter, type Filter, longOnly, MATCH_ALL } from '../../../core/filter/index.js';
import { PacketList, type Position } from '../../../core/recorder/packet-list.js';
import type { RecordView } from '../../../core/recorder/record.js';
import { CidTable } from '../../../core/stats/cid-table.js';
import { History } from '../../../core/stats/history.js';
import { Rates } from '../../../core/stats/rates.js';
import { Clock, count, printable } from '../../../core/text/format.js';
import type { Model } from '../../model/model.js';
import type { Sort, SortValue } from '../../table/columns.js';
import { Details } from './details.js';
import { ownerOfBackend } from './owners.js';
import { MOST_SORTED, SortedPackets } from './sorted-packets.js';
import { Viewport } from './viewport.js';

/** Milliseconds of a tick that searching the recorder may take; a key waits no longer than that. */
const SEARCH_BUDGET = 8;
const SAMPLE_PERIOD = 1000;

export class CaptureModel {
  readonly clock: Clock;
  readonly list: PacketList;
  readonly viewport: Viewport;
  readonly details: Details;
  readonly rates: Rates;
  readonly history: History;
  readonly cids: CidTable;
  filter: Filter = MATCH_ALL;
  /** How the packets are sorted; null: by time, as they come. */
  sort: Sort | null = null;
  private pausedAt: number | null = null;
  private sampleDue = 0;
  private toldOfFile = false;
  private mode: string;

  constructor(
    readonly source: ScreenSource,
    readonly analysis: Analysis,
    readonly screen: Pick<Model, 'now' | 'say' | 'clearMessage'>,
    private readonly longOnly = false,
  ) {
    const { recorder } = source;
    const { now } = screen;
    this.mode = source.mode;
    this.clock = new Clock(recorder.epoch);
    this.list = new PacketList(recorder, now, analysis);
    this.viewport = new Viewport(this.list, (view) => analysis.decodedOf(view));
    this.details = new Details(
      source,
      (view) => this.viewport.decodedOf(view),
      () => this.viewport.selected,
    );
    this.rates = new Rates(source);
    this.history = new History(source, analysis.census);
    this.cids = new CidTable(source, now);
  }

  /** Takes in what happened since the last tick; refresh() then reads the rows. */
  tick(): void {
    this.list.tick(SEARCH_BUDGET, this.paused);
    this.leaveLostSorting();
    this.history.sample(this.analysis.census, this.paused);
    const now = this.screen.now();
    this.tellOfFile();
    this.tellOfMode();
    if (now < this.sampleDue) return;
    this.sampleDue = now + SAMPLE_PERIOD;
    this.rates.sample(now, this.paused);
    this.cids.sample(this.paused);
    this.proveOwners();
  }

  /** Asks of what all backends name: one of them proves what the screen may say of the selected packet's. */
  private proveOwners(): void {
    const { owners } = this.source;
    if (!owners || owners.proven) return;
    for (const backend of this.history.shown.backends) ownerOfBackend(this.source, backend);
  }

  /** Says once what is wrong with a file, when it has been read. */
  private tellOfFile(): void {
    const { loading } = this.source;
    if (this.toldOfFile || !loading?.done) return;
    this.toldOfFile = true;
    const { warning, overwritten } = loading;
    const lost = overwritten > 0 ? [`${count(overwritten)} older frames were overwritten: give more --buffer`] : [];
    const texts = [...(warning === null ? [] : [printable(warning)]), ...lost];
    if (texts.length > 0) this.screen.say('failed', texts.join('; '));
  }

  /** Says that the mode changed by itself: somebody on this host waits for the packets now. */
  private tellOfMode(): void {
    const { mode, reason } = this.source;
    if (mode === this.mode) return;
    this.mode = mode;
    if (reason) this.screen.say('refused', printable(`mode ${mode} now: ${reason}`));
  }

  /** Reads the rows on the screen again, after a tick or a key. */
  refresh(): void {
    if (!this.viewport.refresh(this.paused || this.sort !== null)) {
      this.screen.say('refused', 'the selected packet was overwritten: the oldest that is left is selected now');
    }
  }

  /** Sorted packets are not live: a busy capture overwrites them all in the end. A paused view has copies. */
  private leaveLostSorting(): void {
    if (!this.sort || this.paused || this.viewport.isEmpty || this.viewport.order.newest()) return;
    this.sortByTime();
    this.screen.say('refused', 'all sorted packets were overwritten: the list is in order of time again');
  }

  get paused(): boolean {
    return this.pausedAt !== null;
  }

  /** Frames captured since the view was frozen. */
  get sincePause(): number {
    return this.pausedAt === null ? 0 : this.source.recorder.captured - this.pausedAt;
  }

  togglePause(): void {
    this.pausedAt = this.paused ? null : this.source.recorder.captured;
  }

  /** Why not all packets that match are in the list yet, or null. */
  get incomplete(): string | null {
    const { loading, recorder } = this.source;
    if (loading && !loading.done) return 'the file is still being read';
    if (this.list.searching) return 'the recorder is still being searched';
    // The newest packets of a live capture always wait; those do not that were there when the filter was set.
    const awaited = loading ? recorder.lanes.map((lane) => lane.head()) : this.list.awaited;
    const undecided = this.list.ends.some((end, i) => end < (awaited[i] as number));
    return undecided ? 'packets are still being decoded: again in a moment' : null;
  }

  /**
   * A selected packet that matches too stays selected, where it is on the screen.
   * @throws FilterError
   */
  setFilter(text: string): void {
    const filter = compileFilter(text);
    this.filter = this.longOnly ? longOnly(filter) : filter;
    this.list.setFilter(this.filter);
    this.list.tick(SEARCH_BUDGET, this.paused);
    const { selected, follow } = this.viewport;
    const following = follow && this.source.kind === 'live';
    const decodedOf = (view: RecordView) => this.viewport.decodedOf(view);
    const stays = !following && selected !== null && this.filter.matches(selected, decodedOf);
    this.showByTime(stays ? selected : null);
  }

  /** @param selected null, or one that was overwritten: the newest is followed; a file is read from its beginning */
  private showByTime(selected: Position | null): void {
    this.sort = null;
    const kept = selected && this.list.holds(selected) ? selected : null;
    this.viewport.reset(this.list, kept === null && this.source.kind === 'live', kept);
  }

  /** In order of time again: the newest packet of a live capture is followed, a file stays where it is. */
  sortByTime(): void {
    if (!this.sort) return;
    this.showByTime(this.source.kind === 'live' && !this.paused ? null : this.viewport.selected);
  }

  /** Back to the newest packet, in order of time. */
  follow(): void {
    this.sort = null;
    this.viewport.reset(this.list, true);
  }

  /** Sorts what the list has now, when it has all that matches. */
  sortPackets(sort: Sort, value: (view: RecordView) => SortValue): void {
    const { incomplete } = this;
    if (incomplete) {
      this.screen.say('refused', `cannot sort: ${incomplete}`);
      return;
    }
    this.sort = sort;
    this.viewport.reset(new SortedPackets(this.list, value, sort.descending), false);
    if (this.list.count > MOST_SORTED)
      this.screen.say('refused', `sorted are the newest ${count(MOST_SORTED)} packets`);
  }
}
