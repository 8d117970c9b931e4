// The keys, in one table: what they do, when they cannot, the footer, the help and the README's list come from it.
import type { HelpRow } from './panes/help.js';
import type { Workspace } from './workspace.js';

export interface KeyBinding {
  id: string;
  /** Names as in key-names.ts. */
  keys: readonly string[];
  /** For the help and the README. */
  title: string;
  /** For the footer; without one the key is not shown there. */
  hint?: string;
  /** For the footer while the help is shown: one of the keys, and what it does there. */
  helpHint?: readonly [key: string, text: string];
  run(workspace: Workspace, key: string): void;
  /** Why the key cannot act now, or null when it can. */
  disabled?(workspace: Workspace): string | null;
}

function noRow({ cursor }: Workspace): string | null {
  if (!cursor) return 'there is nothing to select here';
  if (cursor.fits) return 'all of it is shown';
  return cursor.isEmpty ? 'nothing is selected' : null;
}

function noDcid({ view }: Workspace): string | null {
  const selection = view.selection();
  if (!selection) return 'no packet is selected';
  return selection.dcid === null ? 'the selected row has no DCID' : null;
}

function noBackend({ view }: Workspace): string | null {
  const selection = view.selection();
  if (!selection) return 'no packet is selected';
  return selection.backend === null ? 'no backend can be read from the selected row' : null;
}

function noExport({ model, exporter }: Workspace): string | null {
  if (exporter.running) return 'an export is being written';
  if (model.incomplete) return model.incomplete;
  return model.list.newest() === null ? 'no packet matches: there is nothing to export' : null;
}

const noSorting = ({ cursor }: Workspace) => (cursor?.sorting ? null : 'there is nothing to sort here');

export const KEYS: readonly KeyBinding[] = [
  {
    id: 'view',
    keys: ['1', '2', '3', '4', '5'],
    title: 'the view: Packets, CIDs, Backends, Queues, Charts',
    run: (workspace, key) => workspace.showView(Number(key) - 1),
  },
  {
    id: 'filter',
    keys: ['/'],
    title: 'type a filter: Tab completes, Up and Down recall',
    hint: 'filter',
    run: (workspace) => workspace.openFilter(),
  },
  {
    id: 'filter-dcid',
    keys: ['d'],
    title: "filter by the selected row's DCID",
    hint: 'this DCID',
    run: (workspace) => workspace.filterBy(workspace.view.selection()?.dcid ?? ''),
    disabled: noDcid,
  },
  {
    id: 'filter-backend',
    keys: ['b'],
    title: "filter by the selected row's backend",
    hint: 'this backend',
    run: (workspace) => workspace.filterBy(`backend == ${workspace.view.selection()?.backend}`),
    disabled: noBackend,
  },
  {
    id: 'clear',
    keys: ['x'],
    title: 'clear the filter',
    hint: 'clear',
    run: ({ model }) => model.setFilter(''),
    disabled: ({ model }) => (model.filter.text === '' ? 'there is no filter' : null),
  },
  {
    id: 'pause',
    keys: ['space', 'p'],
    title: 'freeze the view, and go on; the capture is not touched',
    hint: 'pause',
    run: ({ model }) => model.togglePause(),
    disabled: ({ model }) => (model.source.kind === 'file' ? 'a file stands still' : null),
  },
  {
    id: 'export',
    keys: ['e'],
    title: 'save the matching packets as a pcapng file',
    hint: 'export',
    run: (workspace) => workspace.export(null),
    disabled: noExport,
  },
  {
    id: 'export-as',
    keys: ['w'],
    title: 'save them under a name: .pcapng or .pcap',
    run: (workspace) => workspace.openName(),
    disabled: noExport,
  },
  {
    id: 'open',
    keys: ['enter'],
    title: 'details of a packet, packets of a row, fields of a field',
    hint: 'details',
    run: ({ model, focused }) => {
      const reason = focused.open?.() ?? null;
      if (reason) model.say('refused', `Enter: ${reason}`);
    },
    disabled: ({ focused }) => (focused.open ? null : 'there is nothing to open here'),
  },
  {
    id: 'leave',
    keys: ['esc'],
    title: 'back: closes the help and the details, gives an export up',
    helpHint: ['esc', 'close'],
    run: (workspace) => workspace.leave(),
  },
  {
    id: 'pane',
    keys: ['tab', 'shift+tab'],
    title: 'the next pane, the one before',
    run: (workspace, key) => workspace.focusNext(key === 'tab' ? 1 : -1),
    disabled: ({ panes }) => (panes.length > 1 ? null : 'there is one pane'),
  },
  {
    id: 'down',
    keys: ['j', 'down'],
    title: 'one row down; in the packet list: newer',
    helpHint: ['j', 'down'],
    run: ({ cursor }) => cursor?.move(1),
    disabled: noRow,
  },
  {
    id: 'up',
    keys: ['k', 'up'],
    title: 'one row up',
    helpHint: ['k', 'up'],
    run: ({ cursor }) => cursor?.move(-1),
    disabled: noRow,
  },
  {
    id: 'sideways',
    keys: ['left', 'right'],
    title: 'close and open a field; in the bytes: the field before, the next',
    run: ({ cursor }, key) => cursor?.moveSideways?.(key === 'left' ? -1 : 1),
    disabled: ({ cursor }) => (cursor?.moveSideways ? null : 'that is for the details of a packet'),
  },
  {
    id: 'page-down',
    keys: ['pgdn', 'ctrl+f'],
    title: 'a page down',
    helpHint: ['pgdn', 'page down'],
    run: ({ cursor }) => cursor?.move(cursor.pageRows),
    disabled: noRow,
  },
  {
    id: 'page-up',
    keys: ['pgup', 'ctrl+b'],
    title: 'a page up',
    helpHint: ['pgup', 'page up'],
    run: ({ cursor }) => cursor?.move(-cursor.pageRows),
    disabled: noRow,
  },
  {
    id: 'start',
    keys: ['g', 'home'],
    title: 'the first row; the oldest packet still in the recorder',
    run: ({ cursor }) => cursor?.toStart(),
    disabled: noRow,
  },
  {
    id: 'end',
    keys: ['G', 'end'],
    title: 'the last row; the newest packet',
    run: ({ cursor }) => cursor?.toEnd(),
    disabled: noRow,
  },
  {
    id: 'follow',
    keys: ['f'],
    title: 'follow the newest packets, in order of time; of a file: go to its end',
    hint: 'follow',
    run: ({ model }) => model.follow(),
    disabled: ({ model, view }) => {
      if (view.id !== 'packets') return 'that is for the packet list';
      if (model.paused) return 'the view is paused: space goes on';
      return model.viewport.follow && !model.sort ? 'the newest packet is being followed' : null;
    },
  },
  {
    id: 'sort',
    keys: ['s'],
    title: 'sort by the next column; after the last, packets are in order of time again',
    run: ({ cursor }) => cursor?.sorting?.next(),
    disabled: noSorting,
  },
  {
    id: 'reverse',
    keys: ['S'],
    title: 'the other way round',
    run: ({ cursor }) => cursor?.sorting?.reverse(),
    disabled: noSorting,
  },
  {
    id: 'mode',
    keys: ['m'],
    title: 'change between tap and divert, after a question',
    run: (workspace) => workspace.askMode(),
    disabled: ({ model }) => (model.source.setMode ? null : 'there is no other mode here'),
  },
  {
    id: 'help',
    keys: ['?'],
    title: 'this list of keys',
    hint: 'help',
    run: (workspace) => {
      workspace.showsHelp = !workspace.showsHelp;
    },
  },
  {
    id: 'quit',
    keys: ['q', 'ctrl+c'],
    title: 'quit; while the help is shown, q closes it',
    hint: 'quit',
    helpHint: ['ctrl+c', 'quit'],
    run: (workspace) => {
      if (workspace.showsHelp) workspace.showsHelp = false;
      else workspace.host.quit();
    },
  },
  { id: 'suspend', keys: ['ctrl+z'], title: 'suspend (fg goes on)', run: ({ host }) => host.suspend() },
];

/** What the mouse does: no keys, but the help and the README list it. */
export const MOUSE: readonly { name: string; title: string }[] = [
  { name: 'Wheel', title: 'scrolls' },
  { name: 'Click', title: 'selects a row, field, byte or view; on a column title: sorts; at the bottom: is the key' },
];

const NAMES: Record<string, string> = {
  down: 'Down',
  up: 'Up',
  left: 'Left',
  right: 'Right',
  pgdn: 'PgDn',
  pgup: 'PgUp',
  home: 'Home',
  end: 'End',
  tab: 'Tab',
  'shift+tab': 'Shift-Tab',
  enter: 'Enter',
  esc: 'Esc',
  space: 'Space',
};

/** How a person reads a key's name: `PgDn`, `Ctrl-C`. */
export function keyTitle(key: string): string {
  return NAMES[key] ?? key.replace(/^ctrl\+(.)$/, (_, letter: string) => `Ctrl-${letter.toUpperCase()}`);
}

const byKey = new Map(KEYS.flatMap((binding) => binding.keys.map((key) => [key, binding] as const)));

/** Does what a key is there for, or says why it cannot. */
export function press(workspace: Workspace, key: string): void {
  if (key === 'ctrl+c') workspace.host.quit();
  else if (workspace.typing) workspace.type(key);
  else act(workspace, key);
  // The next key may follow at once, and acts on what this one brought to the screen.
  workspace.model.refresh();
}

function act(workspace: Workspace, key: string): void {
  const binding = byKey.get(key);
  if (!binding) return;
  workspace.model.clearMessage();
  const reason = binding.disabled?.(workspace) ?? null;
  if (reason === null) binding.run(workspace, key);
  else workspace.model.say('refused', `${keyTitle(key)}: ${reason}`);
}

/** All keys, and what the mouse does. */
export function helpRows(): HelpRow[] {
  return [...KEYS.map(({ keys, title }) => ({ name: keys.map(keyTitle).join(' '), title })), ...MOUSE];
}

/** The README's list of keys. */
export function keysMarkdown(): string {
  const rows = [
    ...KEYS.map(({ keys, title }) => [keys.map((key) => `\`${keyTitle(key)}\``).join(' '), title]),
    ...MOUSE.map(({ name, title }) => [name, title]),
  ];
  return ['| Key | What it does |', '|---|---|', ...rows.map(([keys, title]) => `| ${keys} | ${title} |`)].join('\n');
}
