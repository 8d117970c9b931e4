// Colours by what they mean, as data: which SGR attributes (ECMA-48 section 8.3.117) each role has in a palette.

export const ROLES = [
  'brand',
  'strong',
  'dim',
  'border',
  'focus',
  'title',
  'tab',
  'head',
  'good',
  'warn',
  'bad',
  'key',
  'bar',
  'cidVersion',
  'cidBackend',
  'initial',
  'zeroRtt',
  'oneRtt',
  'handshake',
  'retry',
  'negotiation',
  'caret',
  'highlight',
  'series1',
  'series2',
  'series3',
  'series4',
  'series5',
] as const;

export type Role = (typeof ROLES)[number];

/** Where colours tell how hot something is, one sign does for all. */
const SQUARES = '■■■■■■■■';

/** What begins and ends a selected row. `plain`: the row's own colours are left out. */
export interface Selection {
  on: string;
  off: string;
  plain: boolean;
}

export interface Palette {
  roles: Record<Role, string>;
  /** From cold to hot. */
  heat: readonly string[];
  /** The sign that stands for each of them. */
  shades: string;
  /** The selected row, in the pane that has the keys and in others. */
  selection: Selection;
  selectionElsewhere: Selection;
}

const dark: Palette = {
  roles: {
    brand: '1;38;5;75',
    strong: '1;38;5;254',
    dim: '38;5;244',
    border: '38;5;239',
    focus: '38;5;67',
    title: '1;38;5;110',
    tab: '1;38;5;254;48;5;24',
    head: '38;5;246',
    good: '38;5;114',
    warn: '38;5;221',
    bad: '1;38;5;203',
    key: '1;38;5;80',
    bar: '38;5;74',
    cidVersion: '1;38;5;221',
    cidBackend: '1;38;5;80',
    initial: '38;5;114',
    zeroRtt: '38;5;180',
    oneRtt: '38;5;109',
    handshake: '38;5;75',
    retry: '38;5;215',
    negotiation: '38;5;176',
    caret: '7',
    highlight: '38;5;231;48;5;24',
    series1: '38;5;75',
    series2: '38;5;114',
    series3: '38;5;221',
    series4: '38;5;176',
    series5: '38;5;215',
  },
  heat: ['38;5;239', '38;5;24', '38;5;31', '38;5;37', '38;5;72', '38;5;149', '38;5;221', '38;5;215'],
  shades: SQUARES,
  selection: { on: '48;5;238', off: '49', plain: false },
  selectionElsewhere: { on: '48;5;235', off: '49', plain: false },
};

const light: Palette = {
  roles: {
    brand: '1;38;5;25',
    strong: '1;38;5;232',
    dim: '38;5;242',
    border: '38;5;250',
    focus: '38;5;67',
    title: '1;38;5;24',
    tab: '1;38;5;231;48;5;25',
    head: '38;5;240',
    good: '38;5;28',
    warn: '38;5;130',
    bad: '1;38;5;160',
    key: '1;38;5;30',
    bar: '38;5;67',
    cidVersion: '1;38;5;130',
    cidBackend: '1;38;5;30',
    initial: '38;5;28',
    zeroRtt: '38;5;94',
    oneRtt: '38;5;66',
    handshake: '38;5;25',
    retry: '38;5;166',
    negotiation: '38;5;90',
    caret: '7',
    highlight: '38;5;232;48;5;153',
    series1: '38;5;25',
    series2: '38;5;28',
    series3: '38;5;130',
    series4: '38;5;90',
    series5: '38;5;166',
  },
  heat: ['38;5;250', '38;5;153', '38;5;117', '38;5;74', '38;5;71', '38;5;172', '38;5;166', '38;5;160'],
  shades: SQUARES,
  selection: { on: '48;5;252', off: '49', plain: false },
  selectionElsewhere: { on: '48;5;255', off: '49', plain: false },
};

const colours16: Palette = {
  roles: {
    brand: '1;34',
    strong: '1',
    dim: '90',
    border: '90',
    focus: '36',
    title: '1;36',
    tab: '7',
    head: '90',
    good: '32',
    warn: '33',
    bad: '1;31',
    key: '1;36',
    bar: '36',
    cidVersion: '1;33',
    cidBackend: '1;36',
    initial: '32',
    zeroRtt: '33',
    oneRtt: '36',
    handshake: '34',
    retry: '1;33',
    negotiation: '35',
    caret: '7',
    highlight: '7',
    series1: '34',
    series2: '32',
    series3: '33',
    series4: '35',
    series5: '31',
  },
  heat: ['90', '34', '34', '36', '36', '32', '33', '31'],
  shades: SQUARES,
  selection: { on: '7', off: '27', plain: true },
  selectionElsewhere: { on: '4', off: '24', plain: false },
};

/** NO_COLOR asks for no colours; bold, underlined and inverse text stays. */
const monochrome: Palette = {
  roles: {
    brand: '1',
    strong: '1',
    dim: '',
    border: '',
    focus: '1',
    title: '1',
    tab: '7',
    head: '',
    good: '',
    warn: '1',
    bad: '1;7',
    key: '1',
    bar: '',
    cidVersion: '4',
    cidBackend: '1;4',
    initial: '',
    zeroRtt: '',
    oneRtt: '',
    handshake: '',
    retry: '',
    negotiation: '',
    caret: '7',
    highlight: '7',
    series1: '',
    series2: '',
    series3: '',
    series4: '',
    series5: '',
  },
  heat: ['', '', '', '', '', '', '', ''],
  shades: '·░░▒▒▓▓█',
  selection: { on: '7', off: '27', plain: true },
  selectionElsewhere: { on: '4', off: '24', plain: false },
};

/** By the names that --theme takes. */
export const PALETTES = { dark, light, '16': colours16, none: monochrome } as const;

export type PaletteName = keyof typeof PALETTES;
