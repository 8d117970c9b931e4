// The columns of the packet list, as data.
import { LIMITS, PACKET_TYPE, RECORD_FLAGS } from '../core/abi.gen.js';
import { queueOf } from '../core/capture.js';
import { type Clock, dcidText, dstText, endpointText, srcText, versionName } from '../core/format.js';
import { timeText } from '../core/packet-time.js';
import type { RecordView } from '../core/record.js';
import { cell } from './text.js';
import type { Role, Theme } from './theme.js';

/** Shown where a value is not known. */
const UNKNOWN = '·';

export interface Column {
  id: string;
  title: string;
  /** The narrowest width of use, and the widest. */
  min: number;
  max: number;
  align: 'left' | 'right';
  /** Lower ones stay when there is no room for all. */
  priority: number;
  /** Lower ones are the first to get wider than `min`; without it as `priority` says. */
  growth?: number;
  text(view: RecordView, clock: Clock, width: number): string;
  /** Colours the text after it was cut and aligned; characters must not move. */
  paint(text: string, view: RecordView, theme: Theme): string;
}

const TYPES: Record<number, [title: string, role: Role]> = {
  [PACKET_TYPE.TYPE_UNKNOWN]: ['unknown', 'dim'],
  [PACKET_TYPE.TYPE_INITIAL]: ['Initial', 'initial'],
  [PACKET_TYPE.TYPE_0RTT]: ['0-RTT', 'zeroRtt'],
  [PACKET_TYPE.TYPE_HANDSHAKE]: ['Handshake', 'handshake'],
  [PACKET_TYPE.TYPE_RETRY]: ['Retry', 'retry'],
  [PACKET_TYPE.TYPE_VERSION_NEGOTIATION]: ['VersionNeg', 'negotiation'],
};

/** Whether the backend was read from this packet's DCID (and not from its SCID, as in packets of a server). */
function dcidNamesBackend(view: RecordView): boolean {
  return view.backend !== null && !(view.flags & RECORD_FLAGS.RECORD_FROM_WATCHED);
}

/** CIDv1: byte 0 is the CID version, bytes 2 and 3 the backend. Spaces set them apart: `01 33 0011 39ab...`. */
function dcidCell(view: RecordView): string {
  const text = dcidText(view) + (view.dcidLength > LIMITS.CID_MAX ? '…' : '');
  if (text === '') return UNKNOWN;
  if (!dcidNamesBackend(view)) return text;
  return [text.slice(0, 2), text.slice(2, 4), text.slice(4, 8), text.slice(8)].join(' ').trimEnd();
}

function paintDcid(text: string, view: RecordView, theme: Theme): string {
  if (!dcidNamesBackend(view)) return text;
  return (
    theme.paint('cidVersion', text.slice(0, 2)) +
    theme.paint('dim', text.slice(2, 6)) +
    theme.paint('cidBackend', text.slice(6, 10)) +
    text.slice(10)
  );
}

const plain = (text: string) => text;
const dim = (text: string, _view: RecordView, theme: Theme) => theme.paint('dim', text);
const decoded = (text: string, view: RecordView, theme: Theme) =>
  theme.paint(view.backend === null ? 'dim' : 'cidBackend', text);

/** What needs wider columns than most traffic does. */
export interface Widths {
  /** IPv6 addresses. */
  addresses: boolean;
  /** Versions without a short name. */
  versions: boolean;
}

/** @param info what the last column says of a packet, printable */
export function packetColumns(wide: Widths, info: (view: RecordView) => string): Column[] {
  const endpoint = wide.addresses ? 47 : 21;
  return [
    {
      id: 'time',
      title: 'TIME',
      min: 12,
      max: 15,
      align: 'left',
      priority: 4,
      growth: -1, // microseconds tell packets apart, at three columns
      text: (view, clock, width) => timeText(view, clock)?.slice(11, 11 + width) ?? '-',
      paint: dim,
    },
    {
      id: 'source',
      title: 'SOURCE',
      min: 21,
      max: endpoint,
      align: 'left',
      priority: 5,
      text: (view) => endpointText(srcText(view), view.srcPort),
      paint: plain,
    },
    {
      id: 'destination',
      title: 'DESTINATION',
      min: 21,
      max: endpoint,
      align: 'left',
      priority: 8,
      text: (view) => endpointText(dstText(view), view.dstPort),
      paint: plain,
    },
    {
      id: 'type',
      title: 'TYPE',
      min: 10,
      max: 10,
      align: 'left',
      priority: 2,
      text: (view) => TYPES[view.type]?.[0] ?? UNKNOWN,
      paint: (text, view, theme) => theme.paint(TYPES[view.type]?.[1] ?? 'dim', text),
    },
    {
      id: 'version',
      title: 'VER',
      min: wide.versions ? 8 : 3,
      max: wide.versions ? 8 : 3,
      align: 'left',
      priority: 7,
      text: (view) => versionName(view.version),
      paint: dim,
    },
    { id: 'dcid', title: 'DCID', min: 13, max: 43, align: 'left', priority: 0, text: dcidCell, paint: paintDcid },
    {
      id: 'backend',
      title: 'BACKEND',
      min: 7,
      max: 7,
      align: 'right',
      priority: 1,
      text: (view) => String(view.backend ?? UNKNOWN),
      paint: decoded,
    },
    {
      id: 'queue',
      title: 'Q',
      min: 2,
      max: 2,
      align: 'right',
      priority: 3,
      text: (view) => String(queueOf(view.backend) ?? UNKNOWN),
      paint: decoded,
    },
    {
      id: 'length',
      title: 'LEN',
      min: 5,
      max: 5,
      align: 'right',
      priority: 6,
      text: (view) => String(view.packetLength),
      paint: plain,
    },
    { id: 'info', title: 'INFO', min: 16, max: 60, align: 'left', priority: 9, text: info, paint: plain },
  ];
}

export interface ColumnLayout {
  places: { column: Column; width: number }[];
  /** What stands between two columns. */
  gap: string;
}

/** Chooses the columns that fit, by priority, and gives them what is left over. */
export function layOutColumns(columns: readonly Column[], width: number): ColumnLayout {
  const byPriority = [...columns].sort((a, b) => a.priority - b.priority);
  let left = width + 1;
  const chosen = new Set<Column>();
  for (const column of byPriority) {
    if (column.min + 1 > left) break;
    chosen.add(column);
    left -= column.min + 1;
  }
  const widths = new Map<Column, number>();
  const growth = ({ growth, priority }: Column) => growth ?? priority;
  for (const column of [...chosen].sort((a, b) => growth(a) - growth(b))) {
    const more = Math.min(left, column.max - column.min);
    widths.set(column, column.min + more);
    left -= more;
  }
  return {
    places: columns.flatMap((column) => {
      const width = widths.get(column);
      return width === undefined ? [] : [{ column, width }];
    }),
    gap: left >= chosen.size - 1 ? '  ' : ' ',
  };
}

export function headLine({ places, gap }: ColumnLayout): string {
  return places.map(({ column, width }) => cell(column.title, width, column.align)).join(gap);
}

export function rowLine({ places, gap }: ColumnLayout, view: RecordView, clock: Clock, theme: Theme): string {
  return places
    .map(({ column, width }) => column.paint(cell(column.text(view, clock, width), width, column.align), view, theme))
    .join(gap);
}
