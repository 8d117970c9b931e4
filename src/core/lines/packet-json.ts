// Packets as lines of JSON, which addon/lines/packet_json.cc writes, many at a time: here they are put together for it.
import { TRUSTS } from '../cid/trust.js';
import { ISSUE, PACKET_LINE, QUIC_LIMITS } from '../native/abi.gen.js';
import { loadAddon, type NativePacketJson } from '../native/addon.js';
import type { Decoded } from '../quic/decoded.js';
import { ISSUE_NAMES } from '../quic/issues.js';
import { TYPE_NAMES } from '../quic/packet-types.js';
import type { RecordView } from '../recorder/record.js';
import type { Recorder } from '../recorder/recorder.js';
import { hex } from '../text/format.js';
import { CHUNK, type LineFormat } from './line-format.js';

/** Lines of one call: about a chunk of them. */
const LINES = 128;

/** A JSON text in ASCII. */
export const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

const flag = (value: boolean | null): number => (value === null ? 0 : value ? 2 : 1);
const list = (names: readonly string[]): string => names.map((name) => `${name}\n`).join('');

/** Writes one session's packets as lines of JSON. */
export class PacketJson implements LineFormat {
  private readonly words = new Uint32Array((LINES * PACKET_LINE.SIZE) / 4);
  private readonly bytes = new Uint8Array(this.words.buffer);
  private count = 0;
  /** See struct qt_packet_line. None begins at 0, which stands for null. */
  private texts = '\0';
  private readonly native: NativePacketJson;
  private readonly frameOf: (view: RecordView) => Uint8Array | null;

  /** @param source where packets come from: an interface, whose name may change, or null for a capture file */
  constructor(
    private readonly source: { readonly name: string } | null,
    recorder: Recorder,
  ) {
    this.frameOf = recorder.frameReader();
    this.native = new (loadAddon().PacketJson)(recorder.epoch, {
      types: TYPE_NAMES,
      schemes: recorder.cidLayouts.map(({ scheme }) => scheme.name),
      trusts: TRUSTS,
      issues: ISSUE_NAMES,
    });
  }

  get full(): boolean {
    return this.count === LINES || this.texts.length >= CHUNK;
  }

  add(view: RecordView, decoded: Decoded): void {
    const { words, bytes } = this;
    const at = this.count++ * PACKET_LINE.SIZE;
    const word = at / 4;
    const number = decoded.packetNumber === null ? 0 : decoded.packetNumber + 1;
    words.set(view.words, word);
    words[word + PACKET_LINE.packet_number / 4] = number;
    words[word + PACKET_LINE.packet_number / 4 + 1] = number / 2 ** 32;
    words[word + PACKET_LINE.sni / 4] = this.text(decoded.sni);
    words[word + PACKET_LINE.alpn / 4] = this.text(decoded.alpn && list(decoded.alpn));
    words[word + PACKET_LINE.ja4 / 4] = this.text(decoded.ja4);
    words[word + PACKET_LINE.issues / 4] = decoded.issues.length === 0 ? 0 : this.text(list(decoded.issues));
    bytes[at + PACKET_LINE.trust] = decoded.trust === null ? 0 : 1 + TRUSTS.indexOf(decoded.trust);
    bytes[at + PACKET_LINE.decrypted] = flag(decoded.decrypted);
    bytes[at + PACKET_LINE.ech] = flag(decoded.ech);
    words[word + PACKET_LINE.dcid / 4] = 0;
    words[word + PACKET_LINE.scid / 4] = 0;
    if (view.issues & ISSUE.ISSUE_CID_CUT) this.addWholeCids(view, word);
  }

  take(reuse: boolean): Uint8Array | null {
    const { count, texts } = this;
    if (count === 0) return null;
    this.count = 0;
    this.texts = '\0';
    return this.native.format(this.words, count, texts, asciiJson(this.source?.name ?? null), reuse);
  }

  /** Adds a text; returns where it is. */
  private text(value: string | null): number {
    if (value === null) return 0;
    const at = this.texts.length;
    this.texts += `${value}\0`;
    return at;
  }

  /** Adds both CIDs, which the record holds cut, from the frame's bytes, unless they are not there any more. */
  private addWholeCids(view: RecordView, word: number): void {
    const { dcidLength, scidLength } = view;
    const dcid = view.packetOffset + QUIC_LIMITS.LONG_PREFIX;
    const scid = dcid + dcidLength + 1;
    const frame = this.frameOf(view);
    if (!frame || scid + scidLength > frame.length) return;
    this.words[word + PACKET_LINE.dcid / 4] = this.text(hex(frame, dcid, dcid + dcidLength));
    this.words[word + PACKET_LINE.scid / 4] = this.text(hex(frame, scid, scid + scidLength));
  }
}
