// A connection ID that names a backend, as the eye should read it.
import type { CidLayout } from '../../../core/cid/layout.js';
import type { Role } from '../../theme/palettes.js';
import type { Theme } from '../../theme/theme.js';

/** Spaces set the parts of a CID (hex digits) apart: CIDv1's are `01 33 0011 39ab...`. */
export function spacedCid(digits: string, { parts }: CidLayout): string {
  const end = parts.at(-1)?.to ?? 0;
  return [...parts.map(({ from, to }) => digits.slice(2 * from, 2 * to)), digits.slice(2 * end)].join(' ').trimEnd();
}

const ROLES: Record<CidLayout['parts'][number]['role'], Role> = {
  selector: 'cidVersion',
  free: 'dim',
  backend: 'cidBackend',
  worker: 'strong',
  process: 'strong',
};

/** Colours what `spacedCid` set apart. */
export function paintCid(text: string, { parts }: CidLayout, theme: Theme): string {
  let painted = '';
  let at = 0;
  for (const { role, from, to } of parts) {
    const end = at + 2 * (to - from);
    painted += theme.paint(ROLES[role], text.slice(at, end)) + text.slice(end, end + 1);
    at = end + 1;
  }
  return painted + text.slice(at);
}
