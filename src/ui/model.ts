// What the screen shows: the packets that match, the selected one, rates and counts. Knows nothing of how it is drawn.
import type { Analysis } from '../core/analysis/analysis.js';
import { compileFilter, type Filter, MATCH_ALL } from '../core/filter/index.js';
import { Clock, printable } from '../core/format.js';
import { PacketList } from '../core/packet-list.js';
import type { RecordView } from '../core/record.js';
import type { ScreenSource } from '../core/source.js';
import { CidTable } from './cid-table.js';
import type { Sort } from './columns.js';
import { Details } from './details.js';
import { History } from './history.js';
import { Rates } from './rates.js';
import { MOST_SORTED, SortedPackets } from './sorted-packets.js';
import { count } from './text.js';
import { Viewport } from './viewport.js';

/** Milliseconds of a tick that searching the recorder may take; a key waits no longer than that. */
const SEARCH_BUDGET = 8;
const SAMPLE_PERIOD = 1000;
const MESSAGE_PERIOD = 6000;

export interface Message {
  text: string;
  kind: 'done' | 'refused' | 'failed';
}

export class Model {
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
  private shownMessage: (Message & { until: number }) | null = null;
  private sampleDue = 0;
  private toldOfFile = false;
  private mode: string;

  /** @param now milliseconds of a monotonic clock */
  constructor(
    readonly source: ScreenSource,
    readonly analysis: Analysis,
    readonly now: () => number,
  ) {
    const { recorder } = source;
    this.mode = source.mode;
    this.clock = new Clock(recorder.epoch);
    this.list = new PacketList(recorder, now, analysis);
    this.viewport = new Viewport(this.list);
    this.details = new Details(
      source,
      (view) => analysis.decodedOf(view),
      () => this.viewport.selected,
    );
    this.rates = new Rates(source);
    this.history = new History(source.kind === 'live', analysis.census);
    this.cids = new CidTable(source, now);
  }

  /** Takes in what happened since the last tick. */
  tick(): void {
    this.list.tick(SEARCH_BUDGET, this.paused);
    this.refresh();
    this.history.sample(this.analysis.census, this.paused);
    const now = this.now();
    this.tellOfFile();
    this.tellOfMode();
    if (now < this.sampleDue) return;
    this.sampleDue = now + SAMPLE_PERIOD;
    this.rates.sample(now, this.paused);
    this.cids.sample(this.paused);
  }

  /** Says once what is wrong with a file, when it has been read. */
  private tellOfFile(): void {
    const { loading } = this.source;
    if (this.toldOfFile || !loading?.done) return;
    this.toldOfFile = true;
    const { warning, overwritten } = loading;
    const lost = overwritten > 0 ? [`${count(overwritten)} older frames were overwritten: give more --buffer`] : [];
    const texts = [...(warning === null ? [] : [printable(warning)]), ...lost];
    if (texts.length > 0) this.say('failed', texts.join('; '));
  }

  /** Says that the mode changed by itself: somebody on this host waits for the packets now. */
  private tellOfMode(): void {
    const { mode, reason } = this.source;
    if (mode === this.mode) return;
    this.mode = mode;
    if (reason) this.say('refused', printable(`mode ${mode} now: ${reason}`));
  }

  /** Reads the rows on the screen again, after a tick or a key. */
  refresh(): void {
    if (!this.viewport.refresh(this.paused || this.sort !== null)) {
      this.say('refused', 'the selected packet was overwritten: the oldest that is left is selected now');
    }
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

  get message(): Message | null {
    const shown = this.shownMessage;
    // What failed stays until a key is pressed.
    return shown && (shown.kind === 'failed' || this.now() < shown.until) ? shown : null;
  }

  /** @param text printable */
  say(kind: Message['kind'], text: string): void {
    this.shownMessage = { kind, text, until: this.now() + MESSAGE_PERIOD };
  }

  clearMessage(): void {
    this.shownMessage = null;
  }

  /** @throws FilterError */
  setFilter(text: string): void {
    this.filter = compileFilter(text);
    this.list.setFilter(this.filter);
    this.list.tick(SEARCH_BUDGET, this.paused);
    this.sort = null;
    // A file is read from its beginning.
    this.viewport.reset(this.list, this.source.kind === 'live');
  }

  /** Back to the newest packet, in order of time. */
  follow(): void {
    this.sort = null;
    this.viewport.reset(this.list, true);
  }

  /** Sorts what the list has now. */
  sortPackets(sort: Sort, value: (view: RecordView) => number | string): void {
    this.sort = sort;
    this.viewport.reset(new SortedPackets(this.list, value, sort.descending), false);
    if (this.list.count > MOST_SORTED) this.say('refused', `sorted are the newest ${count(MOST_SORTED)} packets`);
  }
}
