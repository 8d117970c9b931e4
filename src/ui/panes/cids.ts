// The cid_counter map: the connection IDs of most packets.
import type { Model } from '../model.js';
import { cell, count, short } from '../text.js';
import type { Theme } from '../theme.js';
import { frame, innerSize, type PaneSize } from './frame.js';

const BACKEND = 7;
const PACKETS = 8;
const RATE = 8;
const MIN_CID = 10;

/** Which columns a width has room for. */
function columnsFor(width: number): { cid: number; packets: boolean; rate: boolean } {
  const rate = width >= MIN_CID + BACKEND + RATE + 2;
  const packets = width >= MIN_CID + BACKEND + RATE + PACKETS + 3;
  return { cid: width - BACKEND - 1 - (rate ? RATE + 1 : 0) - (packets ? PACKETS + 1 : 0), packets, rate };
}

export function cidsPane(model: Model, size: PaneSize, theme: Theme): string[] {
  const { width } = innerSize(size);
  const { rows, total } = model.cids;
  const columns = columnsFor(width);
  const line = (cid: string, backend: string, packets: string, rate: string) =>
    [cid, backend, ...(columns.packets ? [packets] : []), ...(columns.rate ? [rate] : [])].join(' ');
  const head = line(
    cell('CID', columns.cid),
    cell('BACKEND', BACKEND, 'right'),
    cell('PACKETS', PACKETS, 'right'),
    cell('RATE', RATE, 'right'),
  );
  const lines = rows.map(({ cid, backend, packets, rate }) =>
    line(
      cell(cid, columns.cid),
      theme.paint(backend === null ? 'dim' : 'cidBackend', cell(String(backend ?? '·'), BACKEND, 'right')),
      cell(packets < 1e6 ? count(packets) : short(packets), PACKETS, 'right'),
      theme.paint(rate ? 'strong' : 'dim', cell(rate === null ? '·' : `${short(rate)}/s`, RATE, 'right')),
    ),
  );
  const note = `${theme.paint('strong', count(total))} ${theme.paint('dim', 'CIDs')}`;
  return frame(size, 'Connection IDs', note, [theme.paint('head', head), ...lines], theme);
}
