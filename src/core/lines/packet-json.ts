// Packets as lines of JSON. addon/lines/packet_json.cc writes the fields, many packets at a time; what was decoded comes from here.
import { ISSUE, PACKET_LINE, PACKET_TYPE } from '../native/abi.gen.js';
import { loadAddon, type NativePacketJson } from '../native/addon.js';
import { COMMON, type Decoded } from '../quic/decoded.js';
import { type RecordView, TYPE_NAMES } from '../recorder/record.js';
import type { Recorder } from '../recorder/recorder.js';
import { hex } from '../text/format.js';
import { CHUNK, type LineFormat } from './line-format.js';

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

/** Lines of one call: about a chunk of them. */
const LINES = 128;
const LINE_WORDS = PACKET_LINE.SIZE / 4;

/** What was decoded, from `trust` to the end: up to where the names of the record's issues are put in, and from there. */
function tailOf({ trust, ja4, sni, alpn, ...decoded }: Decoded): [string, string] {
  return [
    `,"trust":${trust && `"${trust}"`},"decrypted":${decoded.decrypted},"packet_number":${decoded.packetNumber},` +
      // ASCII, both of them: see printableBytes.
      `"sni":${JSON.stringify(sni)},"alpn":${JSON.stringify(alpn)},"ja4":${ja4 && `"${ja4}"`},` +
      `"ech":${decoded.ech},"issues":[`,
    `${JSON.stringify(decoded.issues).slice(1)}}`,
  ];
}

/** What lines have besides their records. */
class Texts {
  constructor(public text = '') {}

  /** Adds a text; returns where it is. */
  add(text: string): number {
    const at = this.text.length;
    this.text += text;
    return at;
  }

  addTail(decoded: Decoded) {
    const [tail, issues] = tailOf(decoded).map((text) => this.add(text)) as [number, number];
    return { tail, issues, end: this.text.length };
  }
}

/** What is said of most packets: at the start of every batch's texts. */
const COMMON_TEXTS = new Texts();
const COMMON_TAILS = new Map(COMMON.map((decoded) => [decoded, COMMON_TEXTS.addTail(decoded)]));

/** A JSON text in ASCII. */
export const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** Writes one session's packets as lines of JSON. */
export class PacketJson implements LineFormat {
  private readonly lines = new Uint32Array(LINES * LINE_WORDS);
  private count = 0;
  private texts = new Texts(COMMON_TEXTS.text);
  private readonly native: NativePacketJson;
  private readonly frameOf: (view: RecordView) => Uint8Array | null;

  /** @param source where packets come from: an interface, whose name may change, or null for a capture file */
  constructor(
    private readonly source: { readonly name: string } | null,
    recorder: Recorder,
  ) {
    this.frameOf = recorder.frameReader();
    this.native = new (loadAddon().PacketJson)(
      recorder.epoch,
      TYPE_NAMES,
      recorder.cidLayouts.map(({ scheme }) => scheme.name),
      ISSUE_NAMES.map(([name]) => name),
    );
  }

  get full(): boolean {
    return this.count === LINES || this.texts.text.length >= CHUNK;
  }

  add(view: RecordView, decoded: Decoded): void {
    const { lines } = this;
    const at = this.count++ * LINE_WORDS;
    lines.set(view.words, at);
    const { tail, issues, end } = COMMON_TAILS.get(decoded) ?? this.texts.addTail(decoded);
    lines[at + PACKET_LINE.cids / 4] = view.issues & ISSUE.ISSUE_CID_CUT ? this.wholeCids(view) : 0;
    lines[at + PACKET_LINE.tail / 4] = tail;
    lines[at + PACKET_LINE.issues / 4] = issues;
    lines[at + PACKET_LINE.end / 4] = end;
  }

  take(reuse: boolean): Uint8Array | null {
    const { count, texts } = this;
    if (count === 0) return null;
    this.count = 0;
    this.texts = new Texts(COMMON_TEXTS.text);
    return this.native.format(this.lines, count, texts.text, asciiJson(this.source?.name ?? null), reuse);
  }

  /** Adds both CIDs, which the record holds cut, from the frame's bytes; 0 when they are not there any more. */
  private wholeCids(view: RecordView): number {
    const { dcidLength, scidLength } = view;
    const dcid = view.packetOffset + BEFORE_DCID;
    const scid = dcid + dcidLength + 1;
    const frame = this.frameOf(view);
    if (!frame || scid + scidLength > frame.length) return 0;
    return this.texts.add(hex(frame, dcid, dcid + dcidLength) + hex(frame, scid, scid + scidLength));
  }
}
