// Runs a screen in the terminal until the user quits, and gives the terminal back whatever happens.
import type { ReadStream } from 'node:tty';
import { render } from 'ink';
import { printable } from '../core/text/format.js';
import { App } from './app.js';
import { footerHeight } from './panes/footer.js';
import { TerminalInput } from './terminal/input.js';
import { Screen } from './terminal/screen.js';
import { Terminal } from './terminal/terminal.js';
import type { Host, Workspace } from './workspace.js';

const TICK = 100;

export interface RunOptions {
  /** Ends the screen when it fires. */
  stop: AbortSignal;
  /** Where keys come from, if it is a terminal. */
  keys: ReadStream;
  /** Called before Ctrl-Z stops the process; what it returns is called when the shell continued it. */
  pause?(): () => void;
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

/** Rejects with the error of a defect, the terminal restored. @param open makes what is shown */
export async function runWorkspace(open: (host: Host) => Workspace, options: RunOptions): Promise<void> {
  const ending = new Ending();
  const { keys } = options;
  const pause = () => options.pause?.() ?? (() => {});
  const terminal = new Terminal(keys, process.stdout, () => repaint(), pause);
  const screen = new Screen(process.stdout);
  const workspace = open({ quit: ending.quit, suspend: () => terminal.suspend() });
  const { model } = workspace;

  /** Ink runs only when the layout is another; the regions are painted in any case. */
  let laidOut = '';
  const layOut = (): boolean => {
    model.resize(screen.columns, screen.rows);
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
    workspace.press(name);
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
  model.resize(screen.columns, screen.rows);
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
