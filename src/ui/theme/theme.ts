// Paints text by what it means, in the colours of a palette. Nothing else on the screen names a colour.
import { PALETTES, type Palette, type PaletteName, ROLES, type Role, type Selection } from './palettes.js';

export type { Role } from './palettes.js';

/** What --theme takes. */
export const THEMES = ['auto', ...Object.keys(PALETTES)] as ('auto' | PaletteName)[];

/** What ends an attribute without ending the others: a role's text may stand on a selected row. */
function closing(sgr: string): string {
  const codes = new Set<string>();
  const parts = sgr.split(';');
  for (let i = 0; i < parts.length; i++) {
    const code = parts[i];
    if (code === '1') codes.add('22');
    else if (code === '4') codes.add('24');
    else if (code === '7') codes.add('27');
    else codes.add(code === '48' ? '49' : '39');
    if (code === '38' || code === '48') i += 2; // 5;N
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

/** The palette for a terminal: NO_COLOR, COLORTERM, TERM, and COLORFGBG, in which some say how bright they are. */
function paletteFor({ NO_COLOR, COLORTERM, COLORFGBG = '', TERM = '' }: NodeJS.ProcessEnv): PaletteName {
  if (NO_COLOR || TERM === 'dumb' || TERM.startsWith('vt')) return 'none';
  if (!COLORTERM && !/256|direct|kitty|alacritty|ghostty|foot/.test(TERM)) return '16';
  return /;(7|15)$/.test(COLORFGBG) ? 'light' : 'dark';
}

export class Theme {
  private readonly palette: Palette;
  private readonly painters: Record<Role, (text: string) => string>;
  private readonly heatPainters: ((text: string) => string)[];

  private constructor(readonly name: PaletteName) {
    this.palette = PALETTES[name];
    this.painters = Object.fromEntries(
      ROLES.map((role) => [role, painter(this.palette.roles[role])]),
    ) as typeof this.painters;
    this.heatPainters = this.palette.heat.map(painter);
  }

  /** @param choice of the user; `auto` looks at the environment */
  static of(environment: NodeJS.ProcessEnv, choice: 'auto' | PaletteName = 'auto'): Theme {
    return new Theme(choice === 'auto' ? paletteFor(environment) : choice);
  }

  paint(role: Role, text: string): string {
    return this.painters[role](text);
  }

  /** A field of the heat map, `columns` wide. @param share 0 (cold) to 1 (hot) */
  heat(share: number, columns: number): string {
    const last = this.heatPainters.length - 1;
    const level = share <= 0 ? 0 : Math.max(1, Math.min(last, Math.ceil(share * last)));
    const shade = this.palette.shades[level] as string;
    return (this.heatPainters[level] as (text: string) => string)(shade.repeat(columns));
  }

  /** A whole line as the selected one. @param focused its pane has the keys */
  selected(line: string, focused = true): string {
    const { on, off, plain }: Selection = focused ? this.palette.selection : this.palette.selectionElsewhere;
    return `\x1b[${on}m${plain ? withoutColours(line) : line}\x1b[${off}m`;
  }

  /** A whole line whose packet is no longer there. */
  gone(line: string): string {
    return this.paint('dim', withoutColours(line));
  }
}
