// Loads the charts when they are first shown.
import { readFileSync } from 'node:fs';
import type { Charts } from './index.js';

declare const QUIC_TOP_VERSION: string | undefined;

/**
 * What scripts/build.mjs made of index.ts, complete by itself; null where nothing is bundled. It is read with the screen:
 * later, when root is given up, it may be impossible to.
 */
const script =
  typeof QUIC_TOP_VERSION === 'string' ? readFileSync(new URL('./charts.js', import.meta.url), 'base64') : null;

export async function loadCharts(): Promise<typeof Charts> {
  const source = script === null ? './index.js' : `data:text/javascript;base64,${script}`;
  return (await import(source)).Charts;
}
