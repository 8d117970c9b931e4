// The columns of the packet list.

import type { CidLayout } from '../../../core/cid/layout.js';
import { queueOf } from '../../../core/cid/queue.js';
import { LIMITS, PACKET_TYPE, RECORD } from '../../../core/native/abi.gen.js';
import { closeTexts } from '../../../core/quic/close.js';
import type { Decoded } from '../../../core/quic/decoder.js';
import { allIssues } from '../../../core/quic/issues.js';
import { SHORT_TYPE_TITLES } from '../../../core/quic/packet-types.js';
import type { RecordView } from '../../../core/recorder/record.js';
import { dstText, srcText } from '../../../core/text/address.js';
import { type Clock, dcidText, endpointText, scidText, versionName } from '../../../core/text/format.js';
import { timeText } from '../../../core/text/packet-time.js';
import { type Column, type ColumnLayout, UNKNOWN } from '../../table/columns.js';
import { backendText } from '../../table/table-columns.js';
import { shortEndpoint } from '../../terminal/text.js';
import type { Role, Theme } from '../../theme/theme.js';
import { paintCid, spacedCid } from './cid-text.js';

/** The colours of packet types. */
export const TYPE_ROLES: Readonly<Record<number, Role>> = {
  [PACKET_TYPE.TYPE_INITIAL]: 'initial',
  [PACKET_TYPE.TYPE_0RTT]: 'zeroRtt',
  [PACKET_TYPE.TYPE_1RTT]: 'oneRtt',
  [PACKET_TYPE.TYPE_HANDSHAKE]: 'handshake',
  [PACKET_TYPE.TYPE_RETRY]: 'retry',
  [PACKET_TYPE.TYPE_VERSION_NEGOTIATION]: 'negotiation',
};

/** By what the backend was read from this packet's DCID (and not from its SCID, as in packets of a server), or null. */
function dcidLayout(view: RecordView): CidLayout | null {
  return view.fromServer ? null : view.backendLayout;
}

/** Packets of a server carry the backend in their SCID. */
function scidLayout(view: RecordView): CidLayout | null {
  return view.fromServer ? view.backendLayout : null;
}

/** An arrow where it is not read from the DCID beside it: the packet comes from that backend. */
const arrowed = (view: RecordView, isClaimed: boolean) =>
  `${view.backend !== null && scidLayout(view) ? '←' : ''}${backendText(view.backend, isClaimed)}`;

function cidCell(digits: string, length: number, layout: CidLayout | null): string {
  if (digits === '') return UNKNOWN;
  const text = digits + (length > LIMITS.CID_MAX ? '…' : '');
  return layout ? spacedCid(text, layout) : text;
}

const paintCell = (text: string, layout: CidLayout | null, theme: Theme) =>
  layout ? paintCid(text, layout, theme) : text;

/** The first 6 bytes of a CID as a number: an order that is good enough for a person. */
function cidValue(view: RecordView, offset: number, length: number): number {
  let value = 0;
  for (let i = 0; i < 6; i++) value = value * 256 + (i < length ? (view.bytes[offset + i] as number) : 0);
  return value;
}

const versionCell = (view: RecordView) => (view.isShort ? UNKNOWN : versionName(view.version));
const sourceText = (view: RecordView) => endpointText(srcText(view), view.srcPort);
const destinationText = (view: RecordView) => endpointText(dstText(view), view.dstPort);

/** Address and port as a string of 16-bit units: those are ordered as the numbers are, IPv4 before IPv6. */
function endpointValue({ bytes, ipVersion }: RecordView, address: number, port: number): string {
  const unit = (i: number) => ((bytes[address + 2 * i] as number) << 8) | (bytes[address + 2 * i + 1] as number);
  const code = String.fromCharCode;
  if (ipVersion !== 6) return code(ipVersion, unit(0), unit(1), port);
  return code(ipVersion, unit(0), unit(1), unit(2), unit(3), unit(4), unit(5), unit(6), unit(7), port);
}

const dim = (text: string, _view: RecordView, theme: Theme) => theme.paint('dim', text);
const decoded = (text: string, view: RecordView, theme: Theme) =>
  theme.paint(view.backend === null ? 'dim' : 'cidBackend', text);

/** Something is wrong with the packet, or ended its connection. */
const isWarning = ({ issues, close }: Decoded, record: number) =>
  record !== 0 || issues.length > 0 || (close !== null && close.errorCode !== 0n);

/** What a ClientHello said, why the connection was closed, then what is wrong with the packet. */
function infoText(decoded: Decoded, record: number): string {
  const { sni, alpn, ech, close, issues } = decoded;
  if (record === 0 && issues.length === 0 && sni === null && alpn === null && close === null) return '';
  const closed = close ? ['CLOSE', ...closeTexts(close)] : [];
  const texts = [sni ?? '', ...(alpn ?? []), ech ? 'ECH' : '', ...closed].filter((text) => text !== '');
  return [...texts, ...allIssues(record, decoded)].join(' ');
}

/** What columns are as wide as their content for. */
export interface Widths {
  /** Columns of the longest address with its port that is shown. */
  readonly endpoint: number;
  /** There are versions without a short name. */
  readonly versions: boolean;
}

export const NARROW: Widths = { endpoint: 0, versions: false };

/** An IPv4 address without its port. */
const LEAST_ENDPOINT = 15;
/** Columns of a version's short name. */
const SHORT_VERSION = 3;

const ENDPOINTS: Record<string, (view: RecordView) => string> = { source: sourceText, destination: destinationText };

/** The widths for these packets in columns that have a place; the same object when there was room enough. */
export function widened(widths: Widths, { places }: ColumnLayout<RecordView>, packets: readonly RecordView[]): Widths {
  const texts = places.flatMap(({ column }) => ENDPOINTS[column.id] ?? []);
  let { endpoint, versions } = widths;
  for (const view of packets) {
    versions ||= versionCell(view).length > SHORT_VERSION;
    for (const textOf of texts) endpoint = Math.max(endpoint, textOf(view).length);
  }
  return endpoint === widths.endpoint && versions === widths.versions ? widths : { endpoint, versions };
}

export interface PacketFacts {
  clock: Clock;
  decodedOf(view: RecordView): Decoded;
}

/** All columns of the packet list, in the order of COLUMN_IDS. */
export function packetColumns(wide: Widths, { clock, decodedOf }: PacketFacts): Column<RecordView>[] {
  const isClaimed = (view: RecordView) => decodedOf(view).trust === 'server';
  const endpoint = Math.max(LEAST_ENDPOINT, wide.endpoint);
  return [
    {
      id: 'frame',
      title: 'FRAME',
      min: 7,
      max: 9,
      align: 'right',
      priority: 4,
      text: (view) => String(view.frame),
      paint: dim,
      value: (view) => view.frame,
    },
    {
      id: 'time',
      title: 'TIME UTC',
      min: 12,
      max: 15,
      align: 'left',
      priority: 3,
      growth: -1, // microseconds tell packets apart, at three columns
      text: (view, width) => timeText(view, clock)?.slice(11, 11 + width) ?? UNKNOWN,
      paint: dim,
      value: (view) => view.time,
    },
    {
      id: 'source',
      title: 'SOURCE',
      min: LEAST_ENDPOINT,
      max: endpoint,
      align: 'left',
      priority: 6,
      growth: 0,
      text: (view, width) => shortEndpoint(sourceText(view), width),
      value: (view) => endpointValue(view, RECORD.src, view.srcPort),
    },
    {
      id: 'destination',
      title: 'DESTINATION',
      min: LEAST_ENDPOINT,
      max: endpoint,
      align: 'left',
      priority: 4,
      growth: 0,
      text: (view, width) => shortEndpoint(destinationText(view), width),
      value: (view) => endpointValue(view, RECORD.dst, view.dstPort),
    },
    {
      id: 'vlan',
      title: 'VLAN',
      min: 4,
      max: 9,
      align: 'right',
      priority: 10,
      text: (view) => view.vlans.join('.') || UNKNOWN,
      paint: dim,
      value: (view) => view.vlans[0] ?? -1,
    },
    {
      id: 'type',
      title: 'TYPE',
      min: 10,
      max: 10,
      align: 'left',
      priority: 2,
      text: (view) => SHORT_TYPE_TITLES[view.type] ?? UNKNOWN,
      paint: (text, view, theme) => theme.paint(TYPE_ROLES[view.type] ?? 'dim', text),
      value: (view) => view.type,
    },
    {
      id: 'version',
      title: 'VER',
      min: wide.versions ? 8 : SHORT_VERSION,
      max: wide.versions ? 8 : SHORT_VERSION,
      align: 'left',
      priority: 9,
      text: versionCell,
      paint: dim,
      value: (view) => (view.isShort ? -1 : view.version),
    },
    {
      id: 'dcid',
      title: 'DCID',
      min: 13,
      good: 27,
      max: 43,
      align: 'left',
      priority: 0,
      growth: 2,
      text: (view) => cidCell(dcidText(view), view.dcidLength, dcidLayout(view)),
      paint: (text, view, theme) => paintCell(text, dcidLayout(view), theme),
      value: (view) => cidValue(view, RECORD.dcid, view.dcidLength),
    },
    {
      id: 'scid',
      title: 'SCID',
      min: 13,
      good: 27,
      max: 43,
      align: 'left',
      priority: 10,
      text: (view) => cidCell(scidText(view), view.scidLength, scidLayout(view)),
      paint: (text, view, theme) => paintCell(text, scidLayout(view), theme),
      value: (view) => cidValue(view, RECORD.scid, view.scidLength),
    },
    {
      id: 'backend',
      title: 'BACKEND',
      min: 7,
      max: 7,
      align: 'right',
      priority: 1,
      text: (view) => arrowed(view, isClaimed(view)),
      paint: (text, view, theme) => (isClaimed(view) ? decoded(text, view, theme) : theme.paint('dim', text)),
      value: (view) => view.backend ?? -1,
      descends: true,
    },
    {
      id: 'trust',
      title: 'TRUST',
      min: 7,
      max: 7,
      align: 'left',
      priority: 10,
      text: (view) => decodedOf(view).trust ?? UNKNOWN,
      paint: dim,
      value: (view) => decodedOf(view).trust ?? '',
    },
    {
      id: 'queue',
      title: 'Q',
      min: 2,
      max: 2,
      align: 'right',
      priority: 8,
      text: (view) => String(queueOf(view.backend) ?? UNKNOWN),
      paint: decoded,
      value: (view) => queueOf(view.backend) ?? -1,
      descends: true,
    },
    {
      id: 'rx_queue',
      title: 'RXQ',
      min: 3,
      max: 3,
      align: 'right',
      priority: 10,
      text: (view) => String(view.rxQueue ?? UNKNOWN),
      paint: dim,
      value: (view) => view.rxQueue ?? -1,
    },
    {
      id: 'token',
      title: 'TOKEN',
      min: 5,
      max: 5,
      align: 'right',
      priority: 10,
      text: (view) => (view.tokenLength > 0 ? String(view.tokenLength) : UNKNOWN),
      paint: dim,
      value: (view) => view.tokenLength,
      descends: true,
    },
    {
      id: 'length',
      title: 'LEN',
      min: 5,
      max: 5,
      align: 'right',
      priority: 7,
      text: (view) => String(view.packetLength),
      value: (view) => view.packetLength,
      descends: true,
    },
    {
      id: 'ja4',
      title: 'JA4',
      min: 36,
      max: 36,
      align: 'left',
      priority: 10,
      text: (view) => decodedOf(view).ja4 ?? UNKNOWN,
      value: (view) => decodedOf(view).ja4 ?? '',
    },
    {
      id: 'info',
      title: 'INFO',
      min: 14,
      good: 20,
      max: 60,
      align: 'left',
      priority: 5,
      growth: 1,
      text: (view) => infoText(decodedOf(view), view.issues),
      paint: (text, view, theme) => (isWarning(decodedOf(view), view.issues) ? theme.paint('warn', text) : text),
      value: (view) => infoText(decodedOf(view), view.issues),
    },
  ];
}

/** What --columns can name. */
export const COLUMN_IDS: readonly string[] = [
  'frame',
  'time',
  'source',
  'destination',
  'vlan',
  'type',
  'version',
  'dcid',
  'scid',
  'backend',
  'trust',
  'queue',
  'rx_queue',
  'token',
  'length',
  'ja4',
  'info',
];

/** Those that are shown, in this order, when --columns does not say. */
export const DEFAULT_COLUMNS: readonly string[] = [
  'time',
  'source',
  'destination',
  'type',
  'version',
  'dcid',
  'backend',
  'queue',
  'length',
  'info',
];
