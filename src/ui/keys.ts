// The keys, in one table: what they do, when they cannot, the footer, the help and the README's list come from it.
import type { Model } from './model.js';

export interface KeyBinding {
  id: string;
  /** Names as in key-names.ts. */
  keys: readonly string[];
  /** For the help and the README. */
  title: string;
  /** For the footer; without one the key is not shown there. */
  hint?: string;
  run(model: Model): void;
  /** Why the key cannot act now, or null when it can. */
  disabled?(model: Model): string | null;
}

const noRow = (model: Model) => (model.viewport.selected ? null : 'no packet is selected');

function noDcid(model: Model): string | null {
  const { selected } = model.viewport;
  return noRow(model) ?? (selected?.dcidLength === 0 ? 'the selected packet has an empty DCID' : null);
}

function noBackend(model: Model): string | null {
  const { selected } = model.viewport;
  return noRow(model) ?? (selected?.backend === null ? 'no backend can be read from the selected packet' : null);
}

function noExport(model: Model): string | null {
  if (model.exporting) return 'an export is being written';
  return model.list.count === 0 ? 'no packet matches: there is nothing to export' : null;
}

export const KEYS: readonly KeyBinding[] = [
  {
    id: 'filter',
    keys: ['/'],
    title: 'filter by DCID or backend',
    hint: 'filter',
    run: (model) => model.openEditor(),
  },
  {
    id: 'filter-dcid',
    keys: ['d'],
    title: "filter by the selected packet's DCID",
    hint: 'this DCID',
    run: (model) => model.filterBySelectedDcid(),
    disabled: noDcid,
  },
  {
    id: 'filter-backend',
    keys: ['b'],
    title: "filter by the selected packet's backend",
    hint: 'this backend',
    run: (model) => model.filterBySelectedBackend(),
    disabled: noBackend,
  },
  {
    id: 'clear',
    keys: ['x'],
    title: 'clear the filter',
    hint: 'clear',
    run: (model) => model.setFilter(''),
    disabled: (model) => (model.filterText === '' ? 'there is no filter' : null),
  },
  {
    id: 'pause',
    keys: ['space', 'p'],
    title: 'freeze the view, and go on; the capture is not touched',
    hint: 'pause',
    run: (model) => model.togglePause(),
  },
  {
    id: 'export',
    keys: ['e', 'w'],
    title: 'save the matching packets as a pcapng file',
    hint: 'export',
    run: (model) => model.startExport(),
    disabled: noExport,
  },
  {
    id: 'newer',
    keys: ['j', 'down'],
    title: 'the next packet (newer)',
    run: ({ viewport }) => viewport.move(1),
    disabled: noRow,
  },
  {
    id: 'older',
    keys: ['k', 'up'],
    title: 'the previous packet (older)',
    run: ({ viewport }) => viewport.move(-1),
    disabled: noRow,
  },
  {
    id: 'page-newer',
    keys: ['pgdn', 'ctrl+f'],
    title: 'a page down',
    run: ({ viewport }) => viewport.move(viewport.pageRows),
    disabled: noRow,
  },
  {
    id: 'page-older',
    keys: ['pgup', 'ctrl+b'],
    title: 'a page up',
    run: ({ viewport }) => viewport.move(-viewport.pageRows),
    disabled: noRow,
  },
  {
    id: 'oldest',
    keys: ['g', 'home'],
    title: 'the oldest packet still in the recorder',
    run: ({ viewport }) => viewport.moveToOldest(),
    disabled: noRow,
  },
  {
    id: 'newest',
    keys: ['G', 'end'],
    title: 'the newest packet',
    run: ({ viewport }) => viewport.moveToNewest(),
    disabled: noRow,
  },
  {
    id: 'follow',
    keys: ['f'],
    title: 'follow the newest packets',
    hint: 'follow',
    run: ({ viewport }) => {
      viewport.follow = true;
    },
    disabled: (model) => {
      if (model.paused) return 'the view is paused: space goes on';
      return model.viewport.follow ? 'the newest packet is being followed' : null;
    },
  },
  {
    id: 'help',
    keys: ['?'],
    title: 'this list of keys',
    hint: 'help',
    run: (model) => {
      model.help = !model.help;
    },
  },
  {
    id: 'quit',
    keys: ['q', 'ctrl+c'],
    title: 'quit',
    hint: 'quit',
    run: (model) => model.host.quit(),
  },
  { id: 'suspend', keys: ['ctrl+z'], title: 'suspend (fg goes on)', run: (model) => model.host.suspend() },
];

const NAMES: Record<string, string> = {
  down: 'Down',
  up: 'Up',
  pgdn: 'PgDn',
  pgup: 'PgUp',
  home: 'Home',
  end: 'End',
};

/** How a person reads a key's name: `PgDn`, `Ctrl-C`. */
export function keyTitle(key: string): string {
  return NAMES[key] ?? key.replace(/^ctrl\+(.)$/, (_, letter: string) => `Ctrl-${letter.toUpperCase()}`);
}

const byKey = new Map(KEYS.flatMap((binding) => binding.keys.map((key) => [key, binding] as const)));

/** Does what a key is there for, or says why it cannot. */
export function press(model: Model, key: string): void {
  if (key === 'ctrl+c') model.host.quit();
  else if (model.editor) model.pressInEditor(key);
  else if (model.help && key === 'esc') model.help = false;
  else act(model, key);
  // The next key may follow at once, and acts on what this one brought to the screen.
  model.refresh();
}

function act(model: Model, key: string): void {
  const binding = byKey.get(key);
  if (!binding) return;
  model.clearMessage();
  const reason = binding.disabled?.(model) ?? null;
  if (reason === null) binding.run(model);
  else model.say('refused', `${keyTitle(key)}: ${reason}`);
}

/** The README's list of keys. */
export function keysMarkdown(): string {
  const rows = KEYS.map(({ keys, title }) => `| ${keys.map((key) => `\`${keyTitle(key)}\``).join(' ')} | ${title} |`);
  return ['| Key | What it does |', '|---|---|', ...rows].join('\n');
}
