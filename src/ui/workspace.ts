// What the user is doing, whatever the screen shows: the view and the pane with the keys, what is typed, the help.
import { helpRows, type KeyBinding, keyTitle } from './key-binding.js';
import type { Model } from './model/model.js';
import type { Prompt } from './model/prompt.js';
import { HelpPane } from './panes/help.js';
import type { Cursor, Pane } from './panes/pane.js';
import type { MouseEvent } from './terminal/mouse.js';
import type { Theme } from './theme/theme.js';
import type { View } from './views/view.js';

/** Rows that a turn of the wheel moves. */
const WHEEL_ROWS = 3;

/** What the world outside does for the screen. */
export interface Host {
  quit(): void;
  suspend(): void;
}

/** Subclasses have the views, which own their data, and the keys that act on them. */
export abstract class Workspace<Shown extends View = View> {
  abstract readonly views: readonly Shown[];
  /** All keys, in the order of the help. */
  abstract readonly keys: readonly KeyBinding<this>[];
  readonly help: HelpPane;
  showsHelp = false;
  /** What keys are typed into. */
  prompt: Prompt | null = null;
  private current = 0;
  private pane: Pane | null = null;

  constructor(
    readonly model: Model,
    readonly host: Host,
  ) {
    this.help = new HelpPane(() => helpRows(this.keys), model.theme);
  }

  /** The first line of the screen, `width` columns. */
  abstract headerLine(width: number): string;

  /** What is said at the end of the line of the tabs, in at most `width` columns; all of it without a limit. */
  abstract summary(width?: number): string;

  get theme(): Theme {
    return this.model.theme;
  }

  get view(): Shown {
    return this.views[this.current] as Shown;
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
    return this.view.panes(this.model.columns, this.model.rows);
  }

  /** The pane that keys go to. */
  get focused(): Pane {
    if (this.showsHelp) return this.help;
    const { panes, pane } = this;
    return pane && panes.includes(pane) ? pane : (panes[0] as Pane);
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

  /** Does what a key is there for, or says why it cannot. */
  press(key: string): void {
    if (key === 'ctrl+c') this.host.quit();
    else if (this.prompt) this.type(this.prompt, key);
    else this.act(key);
    // The next key may follow at once, and acts on what this one brought to the screen.
    this.update();
  }

  private type(prompt: Prompt, key: string): void {
    if (key === 'esc' || !prompt.press(key)) this.prompt = null;
  }

  private act(key: string): void {
    const binding = this.keys.find(({ keys }) => keys.includes(key));
    if (!binding) return;
    this.model.clearMessage();
    const reason = binding.disabled?.(this) ?? null;
    if (reason === null) binding.run(this, key);
    else this.model.say('refused', `${keyTitle(key)}: ${reason}`);
  }

  /** Pasted text: for what is being typed; else it is nothing. */
  paste(text: string): void {
    this.prompt?.paste?.(text);
  }

  /** The mouse on a pane, at a place counted from its upper left corner. */
  mouse(pane: Pane, kind: MouseEvent['kind'], x: number, y: number): void {
    if (kind === 'click') {
      if (pane.cursor) this.focus(pane);
      pane.click?.(x, y);
    } else {
      pane.cursor?.move(kind === 'wheel-up' ? -WHEEL_ROWS : WHEEL_ROWS);
    }
    this.update();
  }

  /** Esc: leaves the help, then a pane, then what the view has open. */
  leave(): void {
    if (this.showsHelp) this.showsHelp = false;
    else if (this.focused !== this.panes[0]) this.focus(this.panes[0] as Pane);
    else this.view.leave?.();
  }

  /** Takes in what happened since the last tick. */
  tick(): void {
    this.update();
  }

  /** Takes in what a key, the mouse, a tick or another size has changed: what is drawn then only shows it. */
  update(): void {
    for (const pane of this.showsHelp ? [this.help] : this.panes) pane.update();
  }

  /** Ends what still runs, when the screen ends. */
  async close(): Promise<void> {}
}
