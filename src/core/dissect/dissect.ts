// One packet as a tree of fields, each with its bytes: what the details pane shows. Made when a packet is selected.

import { queueOf } from '../cid/queue.js';
import { fullServerText } from '../cid/server-names.js';
import type { SocketOwner } from '../host/socket-owners.js';
import { LIMITS, PARSE_LIMITS } from '../native/abi.gen.js';
import { fullCloseText } from '../quic/close.js';
import type { Decoded } from '../quic/decoder.js';
import { allIssues, issueNames } from '../quic/issues.js';
import type { RecordView } from '../recorder/record.js';
import { dstText, srcText } from '../text/address.js';
import { type Dissection, FieldTree, type GrowingField, type Role } from './field.js';
import { FieldReader, hexText } from './field-reader.js';
import { dissectPayload, openAgain } from './initial.js';
import { dissectIpv4, dissectIpv6, dissectUdp } from './ip.js';
import { dissectLink, linkName } from './link-layer.js';
import {
  dissectLongPacket,
  dissectShortPacket,
  dissectTail,
  isLong,
  type Known,
  type PacketFields,
} from './quic-packet.js';

const FRAME = 0;

/** The CID that names a backend, of which the record has all: longer ones are of no scheme. */
function backendOf(
  view: RecordView,
): Pick<Known, 'backend' | 'worker' | 'process' | 'backendCid' | 'backendSide' | 'layout'> {
  const { fromServer, serverCid, serverCidLength } = view;
  const cid = view.bytes.subarray(serverCid, serverCid + Math.min(serverCidLength, LIMITS.CID_MAX));
  const { backend, worker, process, backendLayout: layout } = view;
  return {
    backend,
    worker,
    process,
    layout,
    backendCid: layout && hexText(cid),
    backendSide: fromServer ? 'SCID' : 'DCID',
  };
}

/** What is known of the packet besides its bytes. */
function findings(
  view: RecordView,
  decoded: Decoded | null,
  owner: SocketOwner | null,
): [name: string, value: string, role: Role][] {
  const { backend, backendLayout } = view;
  const trust = decoded?.trust ? `, trust: ${decoded.trust}` : '';
  const issues = decoded ? allIssues(view.issues, decoded) : issueNames(view.issues);
  const facts: [name: string, value: string, role?: Role][] = [];
  if (backend !== null)
    facts.push([
      'Backend',
      `${fullServerText(backend)}${owner === null ? '' : `, ${owner.text}`}, queue ${queueOf(backend)} (${backendLayout?.scheme.title})${trust}`,
      owner?.isDead ? 'issue' : 'plain',
    ]);
  if (view.unroutable !== null) facts.push(['Unroutable', view.unroutable]);
  if (decoded?.ja4) {
    facts.push(['SNI', `${decoded.sni ?? 'none'}${decoded.ech ? ' (outer, with an encrypted ClientHello)' : ''}`]);
    const more = decoded.alpnMore > 0 ? ` … and ${decoded.alpnMore} more` : '';
    facts.push(['ALPN', `${decoded.alpn?.join(', ') ?? 'none'}${more}`]);
    facts.push(['JA4', decoded.ja4]);
  }
  if (decoded?.close) facts.push(['Closed', fullCloseText(decoded.close)]);
  return [
    ...issues.map((issue): [string, string, Role] => ['Issue', issue, 'issue']),
    ...facts.map(([name, value, role = 'plain']): [string, string, Role] => [name, value, role]),
  ];
}

/** Puts what is known at the head of the packet; a handful, whatever else there is. */
function addFindings(packet: GrowingField, view: RecordView, decoded: Decoded | null, owner: SocketOwner | null): void {
  const place = { source: FRAME, from: packet.from, to: packet.from, children: [] };
  const fields = findings(view, decoded, owner).map(([name, value, role]) => ({
    ...place,
    name,
    label: `${name}: ${value}`,
    role,
  }));
  packet.children.unshift(...fields);
}

/**
 * Never throws, whatever the bytes.
 * @param frame the captured bytes of the record's frame
 * @param decoded what the decoder said of the packet, or null when it was not asked
 * @param owner whose the socket is that its backend is, where that is known
 */
export function dissect(
  view: RecordView,
  frame: Uint8Array,
  decoded: Decoded | null,
  owner: SocketOwner | null = null,
): Dissection {
  const tree = new FieldTree();
  tree.addSource('Frame', frame);
  /** @param rest what its headline says behind its name */
  const layer = (name: string, rest: string, from: number, to: number): FieldReader => {
    const field = tree.add(tree.fields, name, null, { source: FRAME, from, to }, 'summary');
    field.label += rest;
    return new FieldReader(tree, field, FRAME, frame.subarray(from, to));
  };
  const l3 = Math.min(view.l3Offset, frame.length);
  const l4 = Math.max(l3, Math.min(view.l4Offset, frame.length));
  const payload = Math.min(l4 + PARSE_LIMITS.UDP_HEADER, frame.length);
  const isV6 = view.ipVersion === 6;

  dissectFrame(layer('Frame', ` ${view.frame}, ${view.frameLength} bytes`, 0, frame.length), view);
  if (l3 > 0) dissectLink(view.linkType, layer(linkName(view.linkType), '', 0, l3));
  const ip = layer(isV6 ? 'IPv6' : 'IPv4', `, ${srcText(view)} -> ${dstText(view)}`, l3, l4);
  const ipEnd = l3 + (isV6 ? dissectIpv6(ip) : dissectIpv4(ip));
  const udpEnd = l4 + dissectUdp(layer('UDP', `, port ${view.srcPort} -> ${view.dstPort}`, l4, payload));
  // A first fragment holds less than its UDP header says.
  const wireEnd = Math.max(payload, Math.min(ipEnd, udpEnd));
  const end = Math.min(wireEnd, frame.length);

  const datagram = {
    name: '',
    label: '',
    source: FRAME,
    from: payload,
    to: end,
    role: 'plain' as Role,
    children: tree.fields,
  };
  const opened = openAgain(view, frame, decoded);
  const known: Known = { ...backendOf(view), opened: null, missing: wireEnd - end };
  const reader = new FieldReader(tree, datagram, FRAME, frame.subarray(payload, end));
  let selected: PacketFields | null = null;
  let dcid: Uint8Array = new Uint8Array(0);
  let packets = 0;
  for (; isLong(reader.next); packets++) {
    const isSelected = reader.offset === view.packetOffset;
    const fields = dissectLongPacket(reader, isSelected ? { ...known, opened } : known);
    if (isSelected) selected = fields;
    dcid = fields.dcid;
  }
  if (view.isShort && reader.offset === view.packetOffset && reader.left > 0) {
    selected = dissectShortPacket(reader, view.isDcidUnknown ? null : view.dcidLength, known);
    packets++;
  } else if (reader.left > 0 && dissectTail(reader, dcid, known)) {
    packets++;
  }
  if (end < frame.length) layer('Trailer', `, ${frame.length - end} bytes`, end, frame.length);
  if (selected) {
    tree.selected = selected.packet;
    if (packets > 1) selected.packet.label += ' (selected)';
    if (selected.payload && opened) dissectPayload(tree, selected.payload, opened.payload, view.version);
    addFindings(selected.packet, view, decoded, owner);
  }
  return tree;
}

function dissectFrame(reader: FieldReader, view: RecordView): void {
  reader.note('Length on the Wire', view.frameLength);
  reader.note('Captured Length', view.capturedLength);
  reader.note('Link Type', `${linkName(view.linkType)} (${view.linkType})`);
  if (view.rxQueue !== null) reader.note('RX Queue', view.rxQueue);
  reader.note('QUIC Packet in Frame', view.index + 1);
}
