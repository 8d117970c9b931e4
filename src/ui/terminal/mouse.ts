// The mouse, as terminals report it in SGR mode (xterm's DECSET 1006): `ESC [ < button ; column ; row M`, `m` on release.

/** Buttons and the wheel; not the movement of the pointer. */
export const MOUSE_ON = '\x1b[?1000h\x1b[?1006h';
export const MOUSE_OFF = '\x1b[?1006l\x1b[?1000l';

export interface MouseEvent {
  kind: 'click' | 'wheel-up' | 'wheel-down';
  /** Column and row, counted from 0. */
  x: number;
  y: number;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: reports start with ESC
const REPORT = /^\x1b\[<(\d{1,5});(\d{1,5});(\d{1,5})([Mm])$/;
const KINDS: Record<number, MouseEvent['kind']> = { 0: 'click', 64: 'wheel-up', 65: 'wheel-down' };
/** Shift, Meta and Ctrl held down. */
const MODIFIERS = 4 | 8 | 16;

/** Whether it is a report of the mouse; `event` is null for those without a meaning here, as of a button's release. */
export function parseMouse(token: string): { event: MouseEvent | null } | null {
  const match = REPORT.exec(token);
  if (!match) return null;
  const [, button, x, y, end] = match;
  const kind = KINDS[Number(button) & ~MODIFIERS];
  return { event: kind && end === 'M' ? { kind, x: Number(x) - 1, y: Number(y) - 1 } : null };
}
