// The screen of a capture, live or from a file: its views, the filter, exports, the mode.
import type { StartExport } from '../../core/export/export-job.js';
import type { KeyBinding } from '../key-binding.js';
import type { Model } from '../model/model.js';
import { type Host, Workspace } from '../workspace.js';
import type { CaptureModel } from './model/capture-model.js';
import { Exporter } from './model/exporter.js';
import { headerLine } from './panes/header.js';
import { packetCountText } from './panes/packet-count.js';
import { FilterPrompt } from './prompts/filter-prompt.js';
import { ModeQuestion } from './prompts/mode-question.js';
import { NamePrompt } from './prompts/name-prompt.js';
import { BackendsView } from './views/backends.js';
import type { CaptureView } from './views/capture-view.js';
import { ChartsView } from './views/charts.js';
import { CidsView } from './views/cids.js';
import { PacketsView } from './views/packets.js';
import { QueuesView } from './views/queues.js';

export interface CaptureOptions {
  /** As a person would write them. */
  ports: string;
  exportDir: string;
  /** Ids of the packet list's columns. */
  columns: readonly string[];
  startExport: StartExport;
  keys: readonly KeyBinding<CaptureWorkspace>[];
}

export class CaptureWorkspace extends Workspace<CaptureView> {
  readonly views: readonly CaptureView[];
  readonly keys: readonly KeyBinding<CaptureWorkspace>[];
  readonly exporter: Exporter;
  readonly filterPrompt = new FilterPrompt((text) => {
    this.drill(text);
    this.filterPrompt.remember(this.capture.filter.text);
  });

  constructor(
    model: Model,
    readonly capture: CaptureModel,
    private readonly options: CaptureOptions,
    host: Host,
  ) {
    super(model, host);
    const { theme } = model;
    const drill = (filter: string) => this.drill(filter);
    this.keys = options.keys;
    this.views = [
      new PacketsView(capture, theme, {
        columns: options.columns,
        waiting: () => {
          const awaited = `QUIC long header packets on UDP port ${options.ports}`;
          return capture.source.loading?.done ? `This file has no ${awaited}.` : `Waiting for ${awaited} ...`;
        },
        focus: (pane) => this.focus(pane),
      }),
      new CidsView(capture, theme, drill),
      new BackendsView(capture, theme, drill),
      new QueuesView(capture, theme, drill),
      new ChartsView(capture, theme),
    ];
    this.exporter = new Exporter(options.startExport, (kind, text) => model.say(kind, text));
  }

  headerLine(width: number): string {
    return headerLine(this.capture, width, this.theme);
  }

  summary(width = Number.POSITIVE_INFINITY): string {
    return packetCountText(this.capture, width, this.theme);
  }

  /** Shows the packets that match. @throws FilterError */
  private drill(filter: string): void {
    this.capture.setFilter(filter);
    this.showView(0);
  }

  /** Filters by what the selected row stands for. */
  filterBy(filter: string): void {
    this.filterPrompt.remember(filter);
    this.drill(filter);
  }

  openFilter(): void {
    this.filterPrompt.open(this.capture.filter.text);
    this.prompt = this.filterPrompt;
  }

  openName(): void {
    this.prompt = new NamePrompt((name) => this.export(name));
  }

  askMode(): void {
    this.prompt = new ModeQuestion(this.capture.source, this.model);
  }

  /** Starts saving what matches. @param name of the file, or null for one that says what and when */
  export(name: string | null): void {
    const { source, list, filter, rates } = this.capture;
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

  /** An export that is being written is given up before anything but the help is left. */
  override leave(): void {
    if (!this.showsHelp && this.exporter.running) this.exporter.cancel();
    else super.leave();
  }

  override tick(): void {
    this.capture.tick();
    if (this.prompt instanceof ModeQuestion && this.prompt.isVain()) this.prompt = null;
    super.tick();
  }

  override update(): void {
    this.capture.refresh();
    super.update();
  }

  override async close(): Promise<void> {
    await this.exporter.close();
  }
}
