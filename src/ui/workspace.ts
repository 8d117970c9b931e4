// What the user is doing: the view and the pane with the keys, the filter being typed, the help, an export.
import type { Mode } from '../core/capture/capture.js';
import type { StartExport } from '../core/export/export-job.js';
import { errorLine } from '../core/text/errors.js';
import { printable } from '../core/text/format.js';
import { Exporter } from './model/exporter.js';
import { FilterPrompt } from './model/filter-prompt.js';
import type { Model } from './model/model.js';
import { HelpPane, type HelpRow } from './panes/help.js';
import type { Cursor, Pane } from './panes/pane.js';
import { type EditedLine, editLine, insert, pressKey } from './terminal/line-editor.js';
import type { MouseEvent } from './terminal/mouse.js';
import type { Theme } from './theme/theme.js';
import { BackendsView } from './views/backends.js';
import { ChartsView } from './views/charts.js';
import { CidsView } from './views/cids.js';
import { PacketsView } from './views/packets.js';
import { QueuesView } from './views/queues.js';
import type { View } from './views/view.js';

/** Rows that a turn of the wheel moves. */
const WHEEL_ROWS = 3;

export interface WorkspaceOptions {
  /** As a person would write them. */
  ports: string;
  exportDir: string;
  /** Ids of the packet list's columns. */
  columns: readonly string[];
  /** All keys. */
  help: readonly HelpRow[];
}

/** What the world outside does for the screen. */
export interface Host {
  quit(): void;
  suspend(): void;
  startExport: StartExport;
}

export class Workspace {
  readonly views: readonly View[];
  readonly prompt = new FilterPrompt();
  readonly exporter: Exporter;
  readonly help: HelpPane;
  /** What is typed at the bottom: a filter, the name of a file to export to, or the answer to a question. */
  typing: 'filter' | 'name' | 'mode' | null = null;
  name: EditedLine = editLine('');
  /** The question: the mode to change to, and who would lose packets by it. */
  asked: { mode: Mode; waiting: string | null } | null = null;
  showsHelp = false;
  /** Of the terminal. */
  columns = 80;
  rows = 24;
  private readonly packets: PacketsView;
  private current = 0;
  private pane: Pane;

  constructor(
    readonly model: Model,
    readonly theme: Theme,
    readonly options: WorkspaceOptions,
    readonly host: Host,
  ) {
    const drill = (filter: string) => this.drill(filter);
    this.packets = new PacketsView(model, theme, {
      columns: options.columns,
      waiting: () => {
        const awaited = `QUIC long header packets on UDP port ${options.ports}`;
        return model.source.loading?.done ? `This file has no ${awaited}.` : `Waiting for ${awaited} ...`;
      },
      focus: (pane) => this.focus(pane),
    });
    this.views = [
      this.packets,
      new CidsView(model, theme, drill),
      new BackendsView(model, theme, drill),
      new QueuesView(model, theme, drill),
      new ChartsView(model, theme),
    ];
    this.pane = this.packets.list;
    this.help = new HelpPane(options.help, theme);
    this.exporter = new Exporter(host.startExport, (kind, text) => model.say(kind, text));
  }

  get view(): View {
    return this.views[this.current] as View;
  }

  get viewIndex(): number {
    return this.current;
  }

  showView(index: number): void {
    const view = this.views[index];
    if (!view) return;
    this.current = index;
    this.showsHelp = false;
    this.focus(this.panes[0] as Pane);
  }

  /** Of the view, as far as they are shown. */
  get panes(): readonly Pane[] {
    return this.view.panes(this.columns, this.rows);
  }

  /** The pane that keys go to. */
  get focused(): Pane {
    if (this.showsHelp) return this.help;
    const { panes } = this;
    return panes.includes(this.pane) ? this.pane : (panes[0] as Pane);
  }

  get cursor(): Cursor | null {
    return this.focused.cursor ?? null;
  }

  focus(pane: Pane): void {
    this.pane = pane;
    this.view.focused?.(pane);
  }

  focusNext(step: 1 | -1): void {
    const { panes } = this;
    const at = panes.indexOf(this.focused);
    this.focus(panes[(at + step + panes.length) % panes.length] as Pane);
  }

  /** Shows the packets of a row of another view. */
  private drill(filter: string): void {
    this.model.setFilter(filter);
    this.showView(0);
  }

  /** Filters by what the selected row stands for. */
  filterBy(filter: string): void {
    this.prompt.remember(filter);
    this.drill(filter);
  }

  openFilter(): void {
    this.typing = 'filter';
    this.prompt.open(this.model.filter.text);
  }

  openName(): void {
    this.typing = 'name';
    this.name = editLine('');
  }

  /** A key while something is typed at the bottom. */
  type(key: string): void {
    if (key === 'esc') this.typing = null;
    else if (this.typing === 'filter') this.typeFilter(key);
    else if (this.typing === 'mode') this.answer(key);
    else if (key !== 'enter') this.name = pressKey(this.name, key);
    else {
      this.typing = null;
      this.export(this.name.text.trim() || null);
    }
  }

  /** Pasted text: for the line that is typed, if there is one; else it is nothing. */
  paste(text: string): void {
    if (this.typing === 'filter') this.prompt.paste(text);
    else if (this.typing === 'name') this.name = insert(this.name, text);
  }

  askMode(): void {
    const { source } = this.model;
    this.typing = 'mode';
    this.asked =
      source.mode === 'tap' ? { mode: 'divert', waiting: source.whoWaits() } : { mode: 'tap', waiting: null };
  }

  /** Takes the question back when the mode has changed by itself to what it asks for. */
  private withdrawQuestion(): void {
    const { mode, reason } = this.model.source;
    if (this.typing !== 'mode' || mode !== this.asked?.mode) return;
    this.typing = null;
    const why = reason ? `: ${reason}` : '';
    this.model.say('refused', printable(`nothing to answer, the mode is ${mode} already${why}`));
  }

  private answer(key: string): void {
    // It may have changed since the last tick.
    this.withdrawQuestion();
    if (this.typing === null) return;
    this.typing = null;
    if (key !== 'y' || !this.asked) return;
    const { mode } = this.asked;
    try {
      this.model.source.setMode?.(mode);
      this.model.say('done', `the mode is ${mode} now`);
    } catch (error) {
      this.model.say('failed', printable(errorLine(error)));
    }
  }

  /** Takes in what happened since the last tick. */
  tick(): void {
    this.model.tick();
    this.withdrawQuestion();
  }

  private typeFilter(key: string): void {
    if (key !== 'enter') {
      this.prompt.press(key);
      return;
    }
    try {
      this.model.setFilter(this.prompt.line.text);
      this.prompt.remember(this.model.filter.text);
      this.typing = null;
      this.showView(0);
    } catch (error) {
      this.prompt.explain(error);
    }
  }

  /** Starts saving what matches. @param name of the file, or null for one that says what and when */
  export(name: string | null): void {
    const { source, list, filter, rates } = this.model;
    const live = source.kind === 'live';
    this.exporter.begin({
      memory: source.recorder.memory,
      sequences: list.matchedSequences(),
      folder: this.options.exportDir,
      name,
      source: source.name,
      interface: live ? source.name : null,
      filter: filter.text,
      counts: live ? { received: source.recorder.captured, dropped: rates.lost } : null,
    });
  }

  /** Esc: leaves the help, an export, a pane, the details, in that order. */
  leave(): void {
    if (this.showsHelp) this.showsHelp = false;
    else if (this.exporter.running) this.exporter.cancel();
    else if (this.focused !== this.panes[0]) this.focus(this.panes[0] as Pane);
    else this.view.leave?.();
  }

  /** The mouse on a pane, at a place counted from its upper left corner. */
  mouse(pane: Pane, kind: MouseEvent['kind'], x: number, y: number): void {
    if (kind === 'click') {
      if (pane.cursor) this.focus(pane);
      pane.click?.(x, y);
    } else {
      pane.cursor?.move(kind === 'wheel-up' ? -WHEEL_ROWS : WHEEL_ROWS);
    }
    this.model.refresh();
  }

  async close(): Promise<void> {
    await this.exporter.close();
  }
}
