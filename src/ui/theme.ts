// Colours by what they mean. A palette says which SGR attributes a role has; nothing else on the screen names a colour.

const ROLES = [
  'brand',
  'strong',
  'dim',
  'border',
  'title',
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
  'handshake',
  'retry',
  'negotiation',
  'series1',
  'series2',
  'series3',
  'series4',
  'caret',
] as const;

export type Role = (typeof ROLES)[number];

interface Palette {
  roles: Record<Role, string>;
  /** From cold to hot. */
  heat: readonly string[];
  /** SGR of the selected row, and what ends it. `plain`: the row's own colours are left out. */
  selection: { on: string; off: string; plain: boolean };
  /** Ink's name for the colour of a dialog's frame. */
  dialogBorder: string | undefined;
}

const dark256: Palette = {
  roles: {
    brand: '1;38;5;75',
    strong: '1;38;5;254',
    dim: '38;5;244',
    border: '38;5;239',
    title: '1;38;5;110',
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
    handshake: '38;5;75',
    retry: '38;5;215',
    negotiation: '38;5;176',
    series1: '38;5;114',
    series2: '38;5;221',
    series3: '38;5;176',
    series4: '38;5;80',
    caret: '7',
  },
  heat: ['38;5;239', '38;5;24', '38;5;31', '38;5;37', '38;5;72', '38;5;149', '38;5;221', '38;5;215'],
  selection: { on: '48;5;237', off: '49', plain: false },
  dialogBorder: 'blue',
};

const colours16: Palette = {
  roles: {
    brand: '1;34',
    strong: '1',
    dim: '90',
    border: '90',
    title: '1;36',
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
    handshake: '34',
    retry: '1;33',
    negotiation: '35',
    series1: '32',
    series2: '33',
    series3: '35',
    series4: '36',
    caret: '7',
  },
  heat: ['90', '34', '34', '36', '36', '32', '33', '31'],
  selection: { on: '7', off: '27', plain: true },
  dialogBorder: 'blue',
};

/** NO_COLOR asks for no colours; bold, underlined and inverse text stays. */
const monochrome: Palette = {
  roles: {
    brand: '1',
    strong: '1',
    dim: '',
    border: '',
    title: '1',
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
    handshake: '',
    retry: '',
    negotiation: '',
    series1: '',
    series2: '',
    series3: '',
    series4: '',
    caret: '7',
  },
  heat: ['', '', '', '', '', '', '', ''],
  selection: { on: '7', off: '27', plain: true },
  dialogBorder: undefined,
};

/** What ends an attribute without ending the others: a role's text may stand on a selected row. */
function closing(sgr: string): string {
  const codes = new Set<string>();
  for (const code of sgr.split(';')) {
    if (code === '1') codes.add('22');
    else if (code === '4') codes.add('24');
    else if (code === '7') codes.add('27');
    else codes.add('39');
  }
  return [...codes].join(';');
}

function painter(sgr: string): (text: string) => string {
  if (sgr === '') return (text) => text;
  const on = `\x1b[${sgr}m`;
  const off = `\x1b[${closing(sgr)}m`;
  return (text) => (text === '' ? '' : on + text + off);
}

function withoutColours(line: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: SGR sequences start with ESC
  return line.replaceAll(/\x1b\[[0-9;]*m/g, '');
}

export class Theme {
  private readonly painters: Record<Role, (text: string) => string>;
  private readonly heatPainters: ((text: string) => string)[];

  private constructor(private readonly palette: Palette) {
    this.painters = Object.fromEntries(
      ROLES.map((role) => [role, painter(palette.roles[role])]),
    ) as typeof this.painters;
    this.heatPainters = palette.heat.map(painter);
  }

  /** The palette for a terminal, from its environment: NO_COLOR, COLORTERM and TERM. */
  static of(environment: NodeJS.ProcessEnv): Theme {
    const { NO_COLOR, COLORTERM, TERM = '' } = environment;
    if (NO_COLOR || TERM === 'dumb' || TERM.startsWith('vt')) return new Theme(monochrome);
    if (COLORTERM || /256|direct|kitty|alacritty|ghostty|foot/.test(TERM)) return new Theme(dark256);
    return new Theme(colours16);
  }

  paint(role: Role, text: string): string {
    return this.painters[role](text);
  }

  /** @param share 0 (cold) to 1 (hot) */
  heat(share: number, text: string): string {
    const last = this.heatPainters.length - 1;
    const level = share <= 0 ? 0 : Math.max(1, Math.min(last, Math.ceil(share * last)));
    return (this.heatPainters[level] as (text: string) => string)(text);
  }

  /** A whole line as the selected one. */
  selected(line: string): string {
    const { on, off, plain } = this.palette.selection;
    return `\x1b[${on}m${plain ? withoutColours(line) : line}\x1b[${off}m`;
  }

  /** A whole line whose packet is no longer there. */
  gone(line: string): string {
    return this.paint('dim', withoutColours(line));
  }

  get dialogBorder(): string | undefined {
    return this.palette.dialogBorder;
  }
}
