// The screen: runs until the user quits, and gives the terminal back whatever happens.
import { performance } from 'node:perf_hooks';
import type { ReadStream } from 'node:tty';
import { render } from 'ink';
import type { Analysis } from '../core/analysis/analysis.js';
import type { ScreenSource } from '../core/capture/source.js';
import type { StartExport } from '../core/export/export-job.js';
import { printable } from '../core/text/format.js';
import { formatPorts } from '../core/text/values.js';
import { App } from './app.js';
import { helpRows, press } from './keys.js';
import { Model } from './model/model.js';
import { footerHeight } from './panes/footer.js';
import { TerminalInput } from './terminal/input.js';
import { Screen } from './terminal/screen.js';
import { Terminal } from './terminal/terminal.js';
import type { PaletteName } from './theme/palettes.js';
import { Theme } from './theme/theme.js';
import { Workspace } from './workspace.js';

const TICK = 100;

export interface ScreenOptions {
  ports: readonly number[];
  exportDir: string;
  /** Ids of the packet list's columns. */
  columns: readonly string[];
  theme: 'auto' | PaletteName;
  /** The filter to begin with; it compiles. */
  filterText: string;
  startExport: StartExport;
  /** Ends the screen when it fires. */
  stop: AbortSignal;
  /** Where keys come from, if it is a terminal. */
  keys: ReadStream;
  /** Given what shows a problem while the screen is up; its text may hold anything. */
  onProblem?(listener: (text: string) => void): void;
}

/** The ways out: `done` settles once, with the first of them. */
class Ending {
  readonly done: Promise<void>;
  readonly quit: () => void;
  readonly fail: (error: unknown) => void;

  constructor() {
    let resolve: () => void = () => {};
    let reject: (error: unknown) => void = () => {};
    this.done = new Promise<void>((...settle) => {
      [resolve, reject] = settle;
    });
    this.quit = () => resolve();
    this.fail = (error) => reject(error);
  }

  listen(stop: AbortSignal): void {
    if (stop.aborted) this.quit();
    stop.addEventListener('abort', this.quit);
    process.on('uncaughtException', this.fail);
  }

  unlisten(stop: AbortSignal): void {
    stop.removeEventListener('abort', this.quit);
    process.off('uncaughtException', this.fail);
  }
}

/**
 * Shows the capture until the user quits or `stop` is aborted. Rejects with the error of a defect, the terminal restored.
 */
export async function runScreen(source: ScreenSource, analysis: Analysis, options: ScreenOptions): Promise<void> {
  const ending = new Ending();
  const { keys } = options;
  const terminal = new Terminal(keys, process.stdout, () => repaint());
  const screen = new Screen(process.stdout);
  const model = new Model(source, analysis, () => performance.now());
  model.setFilter(options.filterText);
  const ports = formatPorts(options.ports);
  const workspace = new Workspace(
    model,
    Theme.of(process.env, options.theme),
    { ...options, ports, help: helpRows() },
    {
      quit: ending.quit,
      suspend: () => terminal.suspend(),
      startExport: options.startExport,
    },
  );

  /** Ink runs only when the layout is another; the regions are painted in any case. */
  let laidOut = '';
  const layOut = (): boolean => {
    workspace.columns = screen.columns;
    workspace.rows = screen.rows;
    const { view, panes, focused, showsHelp } = workspace;
    const shown = [view.id, ...panes.map(({ name }) => name), focused.name, showsHelp];
    const layout = [screen.columns, screen.rows, ...shown, footerHeight(workspace)].join();
    if (layout === laidOut) return false;
    laidOut = layout;
    ink.rerender(app());
    return true;
  };
  const draw = () => {
    layOut();
    screen.flush();
  };
  const repaint = () => {
    screen.reset();
    draw();
  };
  /** What one read brings is drawn once, at its end; but other panes at once, since what follows acts on them. */
  const drawPanes = () => {
    if (layOut()) screen.flush();
  };
  const onPress = (name: string) => {
    press(workspace, name);
    drawPanes();
  };
  const app = () => (
    <App
      workspace={workspace}
      screen={screen}
      columns={screen.columns}
      rows={screen.rows}
      footerRows={footerHeight(workspace)}
      onPress={onPress}
    />
  );

  const input = new TerminalInput(keys, {
    onKey: onPress,
    onMouse: (event) => {
      screen.mouse(event);
      drawPanes();
    },
    onPaste: (text) => workspace.paste(text),
    onRead: draw,
  });

  terminal.enter();
  ending.listen(options.stop);
  options.onProblem?.((text) => model.say('failed', printable(text)));
  workspace.tick();
  const ink = render(app(), {
    stdout: screen.inkOutput(),
    debug: true,
    exitOnCtrlC: false,
    patchConsole: false,
  });
  ink.waitUntilExit().catch(ending.fail);
  process.stdout.on('resize', repaint);
  const timer = setInterval(() => {
    workspace.tick();
    draw();
  }, TICK);
  try {
    draw();
    await ending.done;
  } finally {
    clearInterval(timer);
    process.stdout.off('resize', repaint);
    ink.unmount();
    input.stop();
    terminal.leave();
    await workspace.close();
    ending.unlisten(options.stop);
  }
}
