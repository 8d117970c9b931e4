// One record of the flight recorder, copied out of the shared memory. The getters read the copy.
import type { CidLayout, Unroutable } from '../cid/layout.js';
import { type ServerId, ServerIds } from '../cid/server-id.js';
import { ISSUE, PACKET_TYPE, RECORD, RECORD_FLAGS } from '../native/abi.gen.js';

const LOW_HALF = 2 ** 32;

export type TimeSource = 'xdp' | 'tap' | 'drain';
const TIME_SOURCES: readonly { name: TimeSource; flag: number }[] = [
  { name: 'xdp', flag: RECORD_FLAGS.RECORD_TIME_XDP },
  { name: 'tap', flag: RECORD_FLAGS.RECORD_TIME_TAP },
  { name: 'drain', flag: RECORD_FLAGS.RECORD_TIME_DRAIN },
];

const NO_SERVER_IDS = new ServerIds([], () => new Uint8Array());

/**
 * A reusable view of one record: reading a packet allocates nothing until text is asked for.
 * Integers are as in struct qt_record; times are nanoseconds since Recorder.epoch.
 */
export class RecordView {
  readonly words = new Uint32Array(RECORD.SIZE / 4);
  readonly bytes = Buffer.from(this.words.buffer);
  private readonly data = new DataView(this.words.buffer);
  /** Index of the lane that the record is in. */
  lane = 0;
  /** Those of the recorder that it is from. */
  serverIds: ServerIds = NO_SERVER_IDS;

  private u64(offset: number): number {
    return this.data.getUint32(offset, true) + this.data.getUint32(offset + 4, true) * LOW_HALF;
  }
  private u16(offset: number): number {
    return this.data.getUint16(offset, true);
  }

  get sequence(): number {
    return this.u64(RECORD.sequence);
  }
  get time(): number {
    return this.u64(RECORD.time);
  }
  /** Number of the captured frame in the session, from 1. */
  get frame(): number {
    return this.u64(RECORD.frame);
  }
  /** The time, exact also where a number is not: above 2^53 ns. */
  get exactTime(): bigint {
    return this.data.getBigUint64(RECORD.time, true);
  }
  /** From another record's time to this one's: exact below 2^53 ns, however large the times are. */
  nanosecondsSince({ words }: RecordView): number {
    const low = RECORD.time / 4;
    const high = low + 1;
    const of = this.words;
    return ((of[high] as number) - (words[high] as number)) * LOW_HALF + ((of[low] as number) - (words[low] as number));
  }
  /** Whether `time` means something; frames of a capture file may have none. */
  get hasTime(): boolean {
    return (this.flags & RECORD_FLAGS.RECORD_NO_TIME) === 0;
  }
  /** What read the clock: the XDP program, the program that copied the packet, the drain thread; null: a capture file. */
  get timeSource(): TimeSource | null {
    return TIME_SOURCES.find(({ flag }) => this.flags & flag)?.name ?? null;
  }
  /** Link type of the frame, by the numbers that capture files use: 1 is Ethernet. */
  get linkType(): number {
    return this.u16(RECORD.link_type);
  }
  /** Position of the frame's bytes in its lane's bytes ring. */
  get bytesPosition(): number {
    return this.u64(RECORD.bytes);
  }
  get capturedLength(): number {
    return this.data.getUint32(RECORD.captured_length, true);
  }
  get frameLength(): number {
    return this.data.getUint32(RECORD.frame_length, true);
  }
  /** Whether the frame arrived at the interface, or was on its way out; neither is known of a file. */
  get isIngress(): boolean {
    return (this.flags & RECORD_FLAGS.RECORD_INGRESS) !== 0;
  }
  get isEgress(): boolean {
    return (this.flags & RECORD_FLAGS.RECORD_EGRESS) !== 0;
  }
  get version(): number {
    return this.data.getUint32(RECORD.version, true);
  }
  /** The RX queue that it arrived by; null for what left, and for what is from a file. */
  get rxQueue(): number | null {
    return this.isIngress ? this.u16(RECORD.rx_queue) : null;
  }
  /** Whether the server's CID names a server. */
  get hasBackend(): boolean {
    return (this.flags & RECORD_FLAGS.RECORD_HAS_BACKEND) !== 0;
  }
  /** The handle of that server, when it names one. */
  get backendHandle(): number {
    return this.words[RECORD.backend / 4] as number;
  }
  /** The id of the server that the server's CID names; null: it names none. */
  get backend(): ServerId | null {
    return this.hasBackend ? this.serverIds.of(this.cidLayout, this.backendHandle) : null;
  }
  /** Place of the layout by which that CID was read in ServerIds.layouts, from 1; 0: by none. */
  get cidLayout(): number {
    return this.bytes[RECORD.cid_layout] as number;
  }
  /** That layout, unless the CID is unroutable by it. */
  get backendLayout(): CidLayout | null {
    return this.unroutable === null ? this.fittingLayout : null;
  }
  private get fittingLayout(): CidLayout | null {
    return this.serverIds.layouts[this.cidLayout - 1] ?? null;
  }
  /** Why the server's CID, which is of a scheme, names no server; null: it does, or is of none. */
  get unroutable(): Unroutable | null {
    return this.fittingLayout?.unroutable ?? null;
  }
  /** The worker of that server that the CID names, where its scheme has one. */
  get worker(): number | null {
    return this.backendLayout?.worker ? (this.words[RECORD.worker / 4] as number) : null;
  }
  /** The process of that server, where the scheme has one. */
  get process(): number | null {
    return this.backendLayout?.process ? (this.words[RECORD.process / 4] as number) : null;
  }
  /** Whether a watched port sent it: then the server is where it comes from, and its CID is the SCID. */
  get fromServer(): boolean {
    return (this.flags & RECORD_FLAGS.RECORD_FROM_WATCHED) !== 0;
  }
  /** Where in `words` the server's address is. */
  get serverAddress(): number {
    return (this.fromServer ? RECORD.src : RECORD.dst) / 4;
  }
  get serverPort(): number {
    return this.fromServer ? this.srcPort : this.dstPort;
  }
  /** Where in `bytes` the server's CID is, as far as it was kept. */
  get serverCid(): number {
    return this.fromServer ? RECORD.scid : RECORD.dcid;
  }
  get serverCidLength(): number {
    return this.fromServer ? this.scidLength : this.dcidLength;
  }
  get srcPort(): number {
    return this.u16(RECORD.src_port);
  }
  get dstPort(): number {
    return this.u16(RECORD.dst_port);
  }
  /** Where the IP header begins in the frame. */
  get l3Offset(): number {
    return this.u16(RECORD.l3_offset);
  }
  /** Where the UDP header begins in the frame. */
  get l4Offset(): number {
    return this.u16(RECORD.l4_offset);
  }
  /** Where the QUIC packet begins in the frame. */
  get packetOffset(): number {
    return this.u16(RECORD.packet_offset);
  }
  get packetLength(): number {
    return this.u16(RECORD.packet_length);
  }
  get tokenLength(): number {
    return this.u16(RECORD.token_length);
  }
  /** Whether it is of a type that can have a token. */
  get hasToken(): boolean {
    return this.type === PACKET_TYPE.TYPE_INITIAL || this.type === PACKET_TYPE.TYPE_RETRY;
  }
  /** Bits of enum qt_issue. */
  get issues(): number {
    return this.u16(RECORD.issues);
  }
  /** One of enum qt_packet_type. */
  get type(): number {
    return this.bytes[RECORD.type] as number;
  }
  /** Whether it has a short header (RFC 9000 section 17.3.1): no version, no SCID, no token. */
  get isShort(): boolean {
    return this.type === PACKET_TYPE.TYPE_1RTT;
  }
  /** Whether a short header's DCID is not known, because its length is not. */
  get isDcidUnknown(): boolean {
    return (this.issues & ISSUE.ISSUE_CID_LENGTH_UNKNOWN) !== 0;
  }
  /** The packet's place in its datagram, from 0. */
  get index(): number {
    return this.bytes[RECORD.index] as number;
  }
  get flags(): number {
    return this.bytes[RECORD.flags] as number;
  }
  get ipVersion(): number {
    return this.bytes[RECORD.ip_version] as number;
  }
  get vlanCount(): number {
    return this.bytes[RECORD.vlan_count] as number;
  }
  /** VLAN ids, outer first. */
  get vlans(): number[] {
    return Array.from({ length: this.vlanCount }, (_, i) => this.u16(RECORD.vlan + 2 * i));
  }
  /** Length of the DCID on the wire; `bytes` holds at most LIMITS.CID_MAX of it. */
  get dcidLength(): number {
    return this.bytes[RECORD.dcid_length] as number;
  }
  get scidLength(): number {
    return this.bytes[RECORD.scid_length] as number;
  }
}
