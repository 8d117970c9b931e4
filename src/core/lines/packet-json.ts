// Packets as lines of JSON, which addon/lines/packet_json.cc writes, many at a time: here they are put together for it.
import { UNROUTABLES } from '../cid/layout.js';
import { TRUSTS } from '../cid/trust.js';
import type { PacketConnection } from '../connections/connection.js';
import { ISSUE, PACKET_LINE, QUIC_LIMITS } from '../native/abi.gen.js';
import { loadAddon, type NativePacketJson } from '../native/addon.js';
import { errorText } from '../quic/close.js';
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
  /** Zero behind the lines that were added: a field that is not set is null. */
  private readonly words = new Uint32Array((LINES * PACKET_LINE.SIZE) / 4);
  private readonly bytes = new Uint8Array(this.words.buffer);
  private count = 0;
  /** See struct qt_packet_line. None begins at 0, which stands for null. */
  private texts = '\0';
  private readonly native: NativePacketJson;
  private readonly frameOf: (view: RecordView) => Uint8Array | null;

  /**
   * @param source where packets come from: an interface, whose name may change, or null for a capture file
   * @param connectionOf see Analysis
   */
  constructor(
    private readonly source: { readonly name: string } | null,
    recorder: Recorder,
    private readonly connectionOf: (view: RecordView) => PacketConnection | null,
  ) {
    this.frameOf = recorder.frameReader();
    this.native = new (loadAddon().PacketJson)(recorder.epoch, {
      cidLayouts: recorder.cidLayouts,
      types: TYPE_NAMES,
      schemes: recorder.serverIds.layouts.map(({ scheme }) => scheme.name),
      trusts: TRUSTS,
      unroutables: UNROUTABLES,
      issues: ISSUE_NAMES,
    });
  }

  get full(): boolean {
    return this.count === LINES || this.texts.length >= CHUNK;
  }

  add(view: RecordView, decoded: Decoded): void {
    const at = this.count++ * PACKET_LINE.SIZE;
    const { words, bytes } = this;
    const { trust, packetNumber, ech, close, issues } = decoded;
    words.set(view.words, at / 4);
    const longId = view.hasBackend ? view.serverIds.longIdOf(view.cidLayout, view.backendHandle) : null;
    if (longId) bytes.set(longId, at + PACKET_LINE.server_id);
    if (trust !== null) bytes[at + PACKET_LINE.trust] = 1 + TRUSTS.indexOf(trust);
    bytes[at + PACKET_LINE.decrypted] = flag(decoded.decrypted);
    if (packetNumber !== null) {
      words[(at + PACKET_LINE.packet_number) / 4] = packetNumber + 1;
      words[(at + PACKET_LINE.packet_number) / 4 + 1] = (packetNumber + 1) / 2 ** 32;
    }
    const connection = this.connectionOf(view);
    if (connection !== null) {
      words[(at + PACKET_LINE.connection) / 4] = connection.id;
      bytes[at + PACKET_LINE.connection_guess] = flag(connection.guess);
    }
    if (ech !== null) this.addHello(at, decoded);
    if (close !== null) {
      this.addText(at + PACKET_LINE.error, errorText(close));
      this.addText(at + PACKET_LINE.reason, close.reason);
    }
    if (issues.length > 0) this.addText(at + PACKET_LINE.issues, list(issues));
    if (view.issues & ISSUE.ISSUE_CID_CUT) this.addWholeCids(at, view);
  }

  take(reuse: boolean): Uint8Array | null {
    const { count, texts } = this;
    if (count === 0) return null;
    const lines = this.native.format(this.words, count, texts, asciiJson(this.source?.name ?? null), reuse);
    this.words.fill(0, 0, (count * PACKET_LINE.SIZE) / 4);
    this.count = 0;
    this.texts = '\0';
    return lines;
  }

  /** @param place offset of the field that says where the text begins */
  private addText(place: number, text: string): void {
    this.words[place / 4] = this.texts.length;
    this.texts += `${text}\0`;
  }

  private addHello(at: number, { sni, alpn, ja4, ech }: Decoded): void {
    if (sni !== null) this.addText(at + PACKET_LINE.sni, sni);
    if (alpn !== null) this.addText(at + PACKET_LINE.alpn, list(alpn));
    if (ja4 !== null) this.addText(at + PACKET_LINE.ja4, ja4);
    this.bytes[at + PACKET_LINE.ech] = flag(ech);
  }

  /** Adds both CIDs, which the record holds cut, from the frame's bytes, unless they are not there any more. */
  private addWholeCids(at: number, view: RecordView): void {
    const { dcidLength, scidLength } = view;
    const dcid = view.packetOffset + QUIC_LIMITS.LONG_PREFIX;
    const scid = dcid + dcidLength + 1;
    const frame = this.frameOf(view);
    if (!frame || scid + scidLength > frame.length) return;
    this.addText(at + PACKET_LINE.dcid, hex(frame, dcid, dcid + dcidLength));
    this.addText(at + PACKET_LINE.scid, hex(frame, scid, scid + scidLength));
  }
}
