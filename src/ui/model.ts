// The state of the screen and what keys do to it. Knows nothing of how it is drawn.
import type { Analysis } from '../core/analysis/analysis.js';
import { errorLine, QuicTopError } from '../core/errors.js';
import { compileFilter, type Filter, MATCH_ALL } from '../core/filter/index.js';
import { Clock, dcidText, printable } from '../core/format.js';
import { PacketList } from '../core/packet-list.js';
import type { ScreenSource } from '../core/source.js';
import { lostFrames } from '../core/summary.js';
import type { ExportJob, StartExport } from '../export-job.js';
import { CidTable } from './cid-table.js';
import { type EditedLine, editLine, pressKey } from './line-editor.js';
import { Rates } from './rates.js';
import { count } from './text.js';
import { Viewport } from './viewport.js';

/** Milliseconds of a tick that searching the recorder may take; a key waits no longer than that. */
const SEARCH_BUDGET = 8;
const SAMPLE_PERIOD = 1000;
const MESSAGE_PERIOD = 6000;

export interface ScreenOptions {
  ports: readonly number[];
  exportDir: string;
  analysis: Analysis;
  /** The filter to begin with; it compiles. */
  filterText: string;
}

export interface Message {
  text: string;
  kind: 'done' | 'refused' | 'failed';
}

export interface FilterEditor {
  line: EditedLine;
  /** Why the line cannot be applied. */
  error: string | null;
}

/** What the world outside does for the screen. */
export interface Host {
  /** Milliseconds of a monotonic clock. */
  now(): number;
  quit(): void;
  suspend(): void;
  export: StartExport;
}

export class Model {
  readonly clock: Clock;
  readonly list: PacketList;
  readonly viewport: Viewport;
  readonly rates: Rates;
  readonly cids: CidTable;
  filterText = '';
  editor: FilterEditor | null = null;
  help = false;
  exporting = false;
  private filter: Filter = MATCH_ALL;
  private pausedAt: number | null = null;
  private shownMessage: (Message & { until: number }) | null = null;
  private sampleDue = 0;
  private toldOfFile = false;
  private job: ExportJob | null = null;

  constructor(
    readonly capture: ScreenSource,
    readonly options: ScreenOptions,
    readonly host: Host,
  ) {
    this.clock = new Clock(capture.recorder.epoch);
    this.list = new PacketList(capture.recorder, () => host.now(), options.analysis);
    this.viewport = new Viewport(this.list);
    this.rates = new Rates(capture);
    this.cids = new CidTable(capture, () => host.now());
    this.setFilter(options.filterText);
  }

  /** Takes in what happened since the last tick. */
  tick(): void {
    this.list.tick(SEARCH_BUDGET, this.paused);
    this.refresh();
    const now = this.host.now();
    this.tellOfFile();
    if (now >= this.sampleDue) {
      this.sampleDue = now + SAMPLE_PERIOD;
      this.rates.sample(now);
      this.cids.sample();
    }
  }

  /** Says once what is wrong with a file, when it has been read. */
  private tellOfFile(): void {
    const { loading } = this.capture;
    if (this.toldOfFile || !loading?.done) return;
    this.toldOfFile = true;
    const { warning, overwritten } = loading;
    const lost = overwritten > 0 ? [`${count(overwritten)} older frames were overwritten: give more --buffer`] : [];
    const texts = [...(warning === null ? [] : [printable(warning)]), ...lost];
    if (texts.length > 0) this.say('failed', texts.join('; '));
  }

  /** Reads the rows on the screen again, after a tick or a key. */
  refresh(): void {
    if (!this.viewport.refresh(this.paused)) {
      this.say('refused', 'the selected packet was overwritten: the oldest that is left is selected now');
    }
  }

  get paused(): boolean {
    return this.pausedAt !== null;
  }

  /** Frames captured since the view was frozen. */
  get sincePause(): number {
    return this.pausedAt === null ? 0 : this.capture.recorder.captured - this.pausedAt;
  }

  togglePause(): void {
    this.pausedAt = this.paused ? null : this.capture.recorder.captured;
  }

  get message(): Message | null {
    return this.shownMessage && this.host.now() < this.shownMessage.until ? this.shownMessage : null;
  }

  /** @param text printable */
  say(kind: Message['kind'], text: string): void {
    this.shownMessage = { kind, text, until: this.host.now() + MESSAGE_PERIOD };
  }

  clearMessage(): void {
    this.shownMessage = null;
  }

  /** @throws UsageError */
  setFilter(text: string): void {
    this.filter = compileFilter(text);
    this.filterText = this.filter.text;
    this.list.setFilter(this.filter);
    this.list.tick(SEARCH_BUDGET, this.paused);
    this.viewport.reset();
  }

  filterBySelectedDcid(): void {
    const { selected } = this.viewport;
    if (selected) this.setFilter(`dcid == ${dcidText(selected)}`);
  }

  filterBySelectedBackend(): void {
    const { selected } = this.viewport;
    if (selected) this.setFilter(`backend == ${selected.backend}`);
  }

  openEditor(): void {
    this.editor = { line: editLine(this.filterText), error: null };
  }

  pressInEditor(key: string): void {
    if (!this.editor) return;
    const { line } = this.editor;
    if (key === 'esc') this.editor = null;
    else if (key === 'enter') this.applyEditor(line);
    else this.editor = { line: pressKey(line, key), error: null };
  }

  private applyEditor(line: EditedLine): void {
    try {
      this.setFilter(line.text);
      this.editor = null;
    } catch (error) {
      if (!(error instanceof QuicTopError)) throw error;
      this.editor = { line, error: printable(error.message) };
    }
  }

  /** Starts saving the matching frames; the message says how it ended. */
  startExport(): void {
    this.exporting = true;
    this.say('done', `exporting to ${printable(this.options.exportDir)} ...`);
    const { recorder, name, kind } = this.capture;
    const request = {
      memory: recorder.memory,
      sequences: this.list.matchedSequences(),
      folder: this.options.exportDir,
      name: null,
      source: name,
      interface: kind === 'live' ? name : null,
      filter: this.filterText,
      counts: kind === 'live' ? { received: recorder.captured, dropped: lostFrames(this.capture.ledger().lost) } : null,
    };
    const progress = (done: number, total: number) => {
      if (this.exporting) this.say('done', `exporting: ${Math.floor((100 * done) / total)} %`);
    };
    this.job = this.host.export(request, progress);
    this.job.done
      .then(
        ({ path, frames, overwritten }) => {
          const late =
            overwritten > 0 ? `; ${count(overwritten)} packets were overwritten before they could be saved` : '';
          this.say('done', `${count(frames)} frames saved to ${printable(path)}${late}`);
        },
        (error: unknown) => this.say('failed', errorLine(error)),
      )
      .finally(() => {
        this.exporting = false;
      });
  }

  /** Gives an unfinished export up, and waits until nothing is left of it. */
  async close(): Promise<void> {
    this.job?.cancel();
    await this.job?.done.catch(() => {});
  }
}
