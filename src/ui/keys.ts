// The keys that every screen has. A screen lists them among its own, with titles that say what they do there.
import type { KeyBinding } from './key-binding.js';
import type { Workspace } from './workspace.js';

function noRow({ cursor }: Workspace): string | null {
  if (!cursor) return 'there is nothing to select here';
  if (cursor.fits) return 'all of it is shown';
  return cursor.isEmpty ? 'nothing is selected' : null;
}

const noSorting = ({ cursor }: Workspace) => (cursor?.sorting ? null : 'there is nothing to sort here');

export const SCREEN_KEYS = {
  view: {
    id: 'view',
    keys: ['1', '2', '3', '4', '5'],
    title: 'the view',
    run: (workspace, key) => workspace.showView(Number(key) - 1),
  },
  open: {
    id: 'open',
    keys: ['enter'],
    title: 'what is behind a row',
    hint: 'details',
    run: ({ model, focused }) => {
      const reason = focused.open?.() ?? null;
      if (reason) model.say('refused', `Enter: ${reason}`);
    },
    disabled: ({ focused }) => (focused.open ? null : 'there is nothing to open here'),
  },
  leave: {
    id: 'leave',
    keys: ['esc'],
    title: 'back: closes the help and what was opened',
    helpHint: ['esc', 'close'],
    run: (workspace) => workspace.leave(),
  },
  pane: {
    id: 'pane',
    keys: ['tab', 'shift+tab'],
    title: 'the next pane, the one before',
    run: (workspace, key) => workspace.focusNext(key === 'tab' ? 1 : -1),
    disabled: ({ panes }) => (panes.length > 1 ? null : 'there is one pane'),
  },
  down: {
    id: 'down',
    keys: ['j', 'down'],
    title: 'one row down',
    helpHint: ['j', 'down'],
    run: ({ cursor }) => cursor?.move(1),
    disabled: noRow,
  },
  up: {
    id: 'up',
    keys: ['k', 'up'],
    title: 'one row up',
    helpHint: ['k', 'up'],
    run: ({ cursor }) => cursor?.move(-1),
    disabled: noRow,
  },
  pageDown: {
    id: 'page-down',
    keys: ['pgdn', 'ctrl+f'],
    title: 'a page down',
    helpHint: ['pgdn', 'page down'],
    run: ({ cursor }) => cursor?.move(cursor.pageRows),
    disabled: noRow,
  },
  pageUp: {
    id: 'page-up',
    keys: ['pgup', 'ctrl+b'],
    title: 'a page up',
    helpHint: ['pgup', 'page up'],
    run: ({ cursor }) => cursor?.move(-cursor.pageRows),
    disabled: noRow,
  },
  start: {
    id: 'start',
    keys: ['g', 'home'],
    title: 'the first row',
    run: ({ cursor }) => cursor?.toStart(),
    disabled: noRow,
  },
  end: {
    id: 'end',
    keys: ['G', 'end'],
    title: 'the last row',
    run: ({ cursor }) => cursor?.toEnd(),
    disabled: noRow,
  },
  sort: {
    id: 'sort',
    keys: ['s'],
    title: 'sort by the next column',
    run: ({ cursor }) => cursor?.sorting?.next(),
    disabled: noSorting,
  },
  reverse: {
    id: 'reverse',
    keys: ['S'],
    title: 'the other way round',
    run: ({ cursor }) => cursor?.sorting?.reverse(),
    disabled: noSorting,
  },
  help: {
    id: 'help',
    keys: ['?'],
    title: 'this list of keys',
    hint: 'help',
    run: (workspace) => {
      workspace.showsHelp = !workspace.showsHelp;
    },
  },
  quit: {
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
  suspend: { id: 'suspend', keys: ['ctrl+z'], title: 'suspend (fg goes on)', run: ({ host }) => host.suspend() },
} as const satisfies Record<string, KeyBinding<Workspace>>;
