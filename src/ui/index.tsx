// The live screen: runs until the user quits, and gives the terminal back whatever happens.
import { performance } from 'node:perf_hooks';
import type { ReadStream } from 'node:tty';
import { render } from 'ink';
import type { ScreenSource } from '../core/source.js';
import type { StartExport } from '../export-job.js';
import { App } from './app.js';
import { keyNames } from './key-names.js';
import { press } from './keys.js';
import { Model, type ScreenOptions } from './model.js';
import { footerHeight } from './panes/footer.js';
import { PacketsPane } from './panes/packets.js';
import { Screen } from './screen.js';
import { Terminal } from './terminal.js';
import { Theme } from './theme.js';

export type { ScreenOptions } from './model.js';

const TICK = 100;
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

export interface Surroundings {
  /** Ends the screen. */
  stop: AbortSignal;
  /** Where keys come from, if it is a terminal. */
  keys: ReadStream;
  startExport: StartExport;
  /** Asks to be told, in printable words, what goes wrong beside the screen. */
  onProblem(listener: (text: string) => void): void;
}

/**
 * Shows the capture until the user quits or `stop` is aborted. Rejects with the error of a defect, the terminal restored.
 */
export async function runScreen(capture: ScreenSource, options: ScreenOptions & Surroundings): Promise<void> {
  const { keys } = options;
  const ending = new Ending();
  const terminal = new Terminal(keys, process.stdout);
  const screen = new Screen(process.stdout);
  const theme = Theme.of(process.env);
  const model = new Model(capture, options, {
    now: () => performance.now(),
    quit: ending.quit,
    export: options.startExport,
    suspend: () => {
      terminal.suspend();
      repaint();
    },
  });
  const packets = new PacketsPane(model, theme);

  /** Ink runs only when the layout is another; the regions are painted in any case. */
  let laidOut = '';
  const draw = () => {
    const layout = [screen.columns, screen.rows, model.help, footerHeight(model)].join();
    if (layout !== laidOut) {
      laidOut = layout;
      ink.rerender(app());
    }
    screen.flush();
  };
  const repaint = () => {
    screen.reset();
    draw();
  };
  const app = () => (
    <App
      model={model}
      screen={screen}
      theme={theme}
      packets={packets}
      columns={screen.columns}
      rows={screen.rows}
      help={model.help}
      footerRows={footerHeight(model)}
      keys={keys.isTTY}
      onKey={(input, key) => {
        for (const name of keyNames(input, key)) press(model, name);
        draw();
      }}
    />
  );

  options.onProblem((text) => model.say('failed', text));
  terminal.enter();
  ending.listen(options.stop);
  model.tick();
  const ink = render(app(), {
    stdin: keys,
    stdout: screen.inkOutput(),
    debug: true,
    exitOnCtrlC: false,
    patchConsole: false,
  });
  ink.waitUntilExit().catch(ending.fail);
  process.stdout.on('resize', repaint);
  const timer = setInterval(() => {
    model.tick();
    draw();
  }, TICK);
  try {
    draw();
    await ending.done;
  } finally {
    clearInterval(timer);
    process.stdout.off('resize', repaint);
    ink.unmount();
    terminal.leave();
    await model.close();
    ending.unlisten(options.stop);
  }
}
