// A packet as a JSON object: the fields that the README lists, in that order. Absent values are null.
import { ISSUE, LIMITS, PACKET_TYPE, RECORD } from './abi.gen.js';
import { type AsciiWriter, ascii } from './ascii-writer.js';
import { type Clock, dstText, srcText } from './format.js';
import { timeText } from './packet-time.js';
import { queueOf } from './queue.js';
import { COMMON, type Decoded } from './quic/decoded.js';
import { type RecordView, TYPE_NAMES } from './record.js';
import type { Recorder } from './recorder.js';

/** Whether this is a packet that can have a token. */
export function hasToken(view: RecordView): boolean {
  return view.type === PACKET_TYPE.TYPE_INITIAL || view.type === PACKET_TYPE.TYPE_RETRY;
}

const ISSUE_NAMES = Object.entries(ISSUE).map(
  ([name, bit]) => [name.replace('ISSUE_', '').toLowerCase(), bit] as const,
);

/** Names of the issues of a packet's record: what is wrong with it, if anything. */
export function issueNames(issues: number): string[] {
  return issues === 0 ? [] : ISSUE_NAMES.filter(([, bit]) => issues & bit).map(([name]) => name);
}

/** Names of the issues of a record and of what was decoded of it. */
export function allIssues(issues: number, decoded: Decoded): readonly string[] {
  return issues === 0 ? decoded.issues : [...issueNames(issues), ...decoded.issues];
}

/** Form byte, version and the DCID's length. */
const BEFORE_DCID = 6;

/** Nothing is longer, but what stands in a ClientHello: two CIDs of 255 bytes, two IPv6 addresses, the names of all fields. */
const LONGEST = 4096;

const P = {
  start: '{"event":"packet","interface":',
  frame: ',"frame":',
  index: ',"index":',
  time: ',"time":"',
  noTime: ',"time":null,"rx_queue":',
  rxQueue: '","rx_queue":',
  queue: ',"queue":',
  src: ',"src":"',
  srcPort: '","src_port":',
  dst: ',"dst":"',
  dstPort: '","dst_port":',
  vlan: ',"vlan":[',
  comma: ',',
  version: '],"version":"0x',
  type: '","type":"',
  dcid: '","dcid":"',
  scid: '","scid":"',
  tokenLength: '","token_length":',
  packetLength: ',"packet_length":',
  backend: ',"backend":',
  scheme: ',"cid_scheme":"cidv1"',
  noScheme: ',"cid_scheme":null',
  null: 'null',
  dot: '.',
  zulu: 'Z',
} as const;
const PIECES = Object.fromEntries(Object.entries(P).map(([name, text]) => [name, ascii(text)])) as Record<
  keyof typeof P,
  Uint8Array
>;
const TYPES = TYPE_NAMES.map(ascii);

/** What was decoded, from `trust` to the end. `sni` and `alpn` are ASCII (printableBytes). */
function tail({ trust, ja4, sni, alpn, ...decoded }: Decoded, issues: readonly string[]): string {
  return (
    `,"trust":${trust && `"${trust}"`},"decrypted":${decoded.decrypted},"packet_number":${decoded.packetNumber},` +
    `"sni":${JSON.stringify(sni)},"alpn":${JSON.stringify(alpn)},"ja4":${ja4 && `"${ja4}"`},` +
    `"ech":${decoded.ech},"issues":${JSON.stringify(issues)}}`
  );
}
/** Of what is said of most packets: made once. */
const COMMON_TAILS = new Map(COMMON.map((decoded) => [decoded, ascii(tail(decoded, decoded.issues))]));

/** A JSON text in ASCII. */
const asciiJson = (value: string | null) =>
  JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

const startOf = (interfaceName: string | null) => ascii(`${P.start}${asciiJson(interfaceName)}${P.frame}`);

/** Writes one session's packets as JSON, without line breaks. */
export class PacketJson {
  private name: string | null = null;
  private start = startOf(null);
  private readonly version = new Uint8Array(4);
  private second = Number.NaN;
  private secondPiece = ascii('');

  /** @param source where packets come from: an interface, whose name may change, or null for a capture file */
  constructor(
    private readonly source: { readonly name: string } | null,
    private readonly clock: Clock,
    private readonly recorder: Recorder,
    private readonly out: AsciiWriter,
  ) {}

  write(view: RecordView, decoded: Decoded): void {
    const { out } = this;
    const { backend } = view;
    out.reserve(LONGEST);
    const name = this.source?.name ?? null;
    if (name !== this.name) {
      this.name = name;
      this.start = startOf(name);
    }
    out.piece(this.start);
    out.decimal(view.frame);
    out.piece(PIECES.index);
    out.decimal(view.index);
    this.time(view);
    this.orNull(view.rxQueue);
    out.piece(PIECES.queue);
    this.orNull(queueOf(backend));
    out.piece(PIECES.src);
    this.address(view, RECORD.src);
    out.piece(PIECES.srcPort);
    out.decimal(view.srcPort);
    out.piece(PIECES.dst);
    this.address(view, RECORD.dst);
    out.piece(PIECES.dstPort);
    out.decimal(view.dstPort);
    out.piece(PIECES.vlan);
    this.vlans(view);
    out.piece(PIECES.version);
    this.versionOf(view);
    out.piece(PIECES.type);
    out.piece(TYPES[view.type] as Uint8Array);
    const issues = this.cids(view);
    out.piece(PIECES.tokenLength);
    this.orNull(hasToken(view) ? view.tokenLength : null);
    out.piece(PIECES.packetLength);
    out.decimal(view.packetLength);
    out.piece(PIECES.backend);
    this.orNull(backend);
    out.piece(backend === null ? PIECES.noScheme : PIECES.scheme);
    const common = issues === 0 ? COMMON_TAILS.get(decoded) : undefined;
    if (common) out.piece(common);
    else out.text(tail(decoded, allIssues(issues, decoded)));
  }

  private orNull(value: number | null): void {
    if (value === null) this.out.piece(PIECES.null);
    else this.out.decimal(value);
  }

  /** RFC 3339 in UTC with nanoseconds, as timeText() has it. */
  private time(view: RecordView): void {
    const { out } = this;
    if (!view.hasTime) {
      out.piece(PIECES.noTime);
      return;
    }
    out.piece(PIECES.time);
    if (view.time > Number.MAX_SAFE_INTEGER) {
      out.text(timeText(view, this.clock) as string);
    } else {
      const { seconds, nanoseconds } = this.clock.split(view.time);
      if (seconds !== this.second) {
        this.second = seconds;
        this.secondPiece = ascii(this.clock.iso(view.time).slice(0, -'123456789Z'.length));
      }
      out.piece(this.secondPiece);
      out.decimal(nanoseconds, 9);
      out.piece(PIECES.zulu);
    }
    out.piece(PIECES.rxQueue);
  }

  private address(view: RecordView, offset: number): void {
    const { out } = this;
    if (view.ipVersion === 6) {
      out.text(offset === RECORD.src ? srcText(view) : dstText(view));
      return;
    }
    for (let i = 0; i < 4; i++) {
      if (i > 0) out.piece(PIECES.dot);
      out.decimal(view.bytes[offset + i] as number);
    }
  }

  private vlans(view: RecordView): void {
    if (view.vlanCount === 0) return;
    for (const [i, id] of view.vlans.entries()) {
      if (i > 0) this.out.piece(PIECES.comma);
      this.out.decimal(id);
    }
  }

  private versionOf(view: RecordView): void {
    const { version } = view;
    for (let i = 0; i < 4; i++) this.version[i] = version >>> (24 - 8 * i);
    this.out.hex(this.version, 0, 4);
  }

  /**
   * Both CIDs. Those that the record holds cut come whole from the frame's bytes, as long as they are there. Returns the
   * issues that are left of the record's.
   */
  private cids(view: RecordView): number {
    const { dcidLength, scidLength, issues } = view;
    if (issues & ISSUE.ISSUE_CID_CUT) {
      const dcid = view.packetOffset + BEFORE_DCID;
      const scid = dcid + dcidLength + 1;
      const frame = this.recorder.lane(view).frameOf(view);
      if (frame && scid + scidLength <= frame.length) {
        this.cidPair(frame, dcid, dcidLength, scid, scidLength);
        return issues & ~ISSUE.ISSUE_CID_CUT;
      }
    }
    const held = (length: number) => Math.min(length, LIMITS.CID_MAX);
    this.cidPair(view.bytes, RECORD.dcid, held(dcidLength), RECORD.scid, held(scidLength));
    return issues;
  }

  private cidPair(bytes: Uint8Array, dcid: number, dcidLength: number, scid: number, scidLength: number): void {
    const { out } = this;
    out.piece(PIECES.dcid);
    out.hex(bytes, dcid, dcid + dcidLength);
    out.piece(PIECES.scid);
    out.hex(bytes, scid, scid + scidLength);
  }
}
