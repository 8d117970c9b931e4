// Opens what of a QUIC packet everybody can open: Initials, whose keys are made of connection IDs on the wire. The addon
// does it; here is whether there is time for it, and what it comes to.

import type { ServerEvidence } from '../cid/cid-samples.js';
import { type Trust, TrustJudge } from '../cid/trust.js';
import { CID_CHOOSER, INITIAL_VERDICT, ISSUE, LIMITS, OPENED_INITIAL, PACKET_TYPE } from '../native/abi.gen.js';
import { loadAddon, type NativeInitialDecoder } from '../native/addon.js';
import type { RecordView } from '../recorder/record.js';
import { hex, printableBytes } from '../text/format.js';
import type { Close } from './close.js';
import {
  type Decoded,
  NEVER_OPENED,
  NOT_OPENED,
  OTHER_OVER_BUDGET,
  OVER_BUDGET,
  RETRY_TAG_WRONG,
  UNAUTHENTIC,
} from './decoded.js';
import { initialIssueNames } from './issues.js';
import type { TimeBudget } from './time-budget.js';

export type { Decoded } from './decoded.js';

/** Gives the captured bytes of a packet's frame, or null when they are gone. */
export type ReadFrame = (view: RecordView) => Uint8Array | null;

export interface DecoderOptions {
  /** Connections that are remembered. */
  connections?: number;
  /** Without one, everything is opened. */
  budget?: TimeBudget | null;
}

/** Of these an Initial is not whole. */
const NOT_WHOLE = ISSUE.ISSUE_LENGTH_BEYOND_DATAGRAM | ISSUE.ISSUE_HEADER_CUT | ISSUE.ISSUE_CID_TOO_LONG;

const CHOOSERS: Readonly<Record<number, 'client' | 'server'>> = {
  [CID_CHOOSER.CHOSEN_BY_CLIENT]: 'client',
  [CID_CHOOSER.CHOSEN_BY_SERVER]: 'server',
};

const LOW_HALF = 2 ** 32;
const KEY_SOURCE = OPENED_INITIAL.key_source + 1;

/** Follows the connections of one capture. Records are given to it in order of time, each once. */
export class Decoder {
  private readonly judge = new TrustJudge();
  private readonly budget: TimeBudget | null;
  private readonly initials: NativeInitialDecoder;
  private readonly opened = new DataView(new ArrayBuffer(OPENED_INITIAL.SIZE));
  private readonly openedBytes = new Uint8Array(this.opened.buffer);
  /** Initials, Retry packets and those of unknown versions that the budget did not allow. */
  overBudget = 0;

  constructor({ connections = 4096, budget = null }: DecoderOptions = {}) {
    this.initials = new (loadAddon().InitialDecoder)(connections);
    this.budget = budget;
  }

  /** What the CIDs look like that servers chose. Takes milliseconds. */
  evidence(): ServerEvidence[] {
    return this.judge.samples.evidence();
  }

  /** Connections that had to be forgotten for newer ones. */
  get connectionsDropped(): number {
    return this.initials.connectionsDropped;
  }

  /** Whether this is a packet that is opened, or that says how others are. */
  static opens(view: RecordView): boolean {
    return view.type === PACKET_TYPE.TYPE_INITIAL || view.type === PACKET_TYPE.TYPE_RETRY;
  }

  /**
   * Never throws.
   * @param readFrame asked for the packet's frame only when it is going to be opened: a copy costs more than a look
   */
  decode(view: RecordView, readFrame: ReadFrame): Decoded {
    const trust = this.judge.trustOf(view);
    const by = trust ?? 'none';
    const isInitial = view.type === PACKET_TYPE.TYPE_INITIAL;
    const isRetry = view.type === PACKET_TYPE.TYPE_RETRY && view.fromServer;
    const isGuess = view.type === PACKET_TYPE.TYPE_UNKNOWN;
    if (!isInitial && !isRetry && !isGuess) return NEVER_OPENED[by];
    if (view.issues & NOT_WHOLE) return (isInitial ? NOT_OPENED : NEVER_OPENED)[by];
    if (this.budget && !this.budget.begin(view.time)) {
      this.overBudget++;
      return (isInitial ? OVER_BUDGET : OTHER_OVER_BUDGET)[by];
    }
    const asksKeys = trust === 'unknown' && !view.fromServer;
    const verdict = this.initials.decode(view.bytes, readFrame(view), asksKeys, this.openedBytes);
    const decoded =
      verdict === INITIAL_VERDICT.OPENED
        ? this.read(asksKeys ? this.trustByKeys(view) : trust)
        : verdict === INITIAL_VERDICT.UNAUTHENTIC
          ? (isInitial ? UNAUTHENTIC : RETRY_TAG_WRONG)[by]
          : (isInitial ? NOT_OPENED : NEVER_OPENED)[by];
    this.budget?.end();
    return decoded;
  }

  private trustByKeys(view: RecordView): Trust {
    const chooser = CHOOSERS[this.opened.getUint8(OPENED_INITIAL.chooser)];
    return chooser ? this.judge.trustByKeys(view, chooser) : 'unknown';
  }

  private read(trust: Trust | null): Decoded {
    const { opened } = this;
    const hello = opened.getUint8(OPENED_INITIAL.has_hello) ? this.initials.hello() : null;
    const [sni, alpn, alpnMore, ja4, ech] = hello ?? [null, null, 0, null, null];
    const sourceLength = Math.min(opened.getUint8(OPENED_INITIAL.key_source), LIMITS.CID_MAX);
    return {
      decrypted: true,
      packetNumber: this.varint(OPENED_INITIAL.packet_number),
      keySource: hex(this.openedBytes, KEY_SOURCE, KEY_SOURCE + sourceLength),
      sni: sni && printableName(sni),
      alpn: alpn?.map(printableName) ?? null,
      alpnMore,
      ja4,
      ech,
      largestAcknowledged: opened.getUint8(OPENED_INITIAL.has_ack)
        ? this.varint(OPENED_INITIAL.largest_acknowledged)
        : null,
      close: opened.getUint8(OPENED_INITIAL.has_close) ? this.readClose() : null,
      trust,
      issues: initialIssueNames(opened.getUint32(OPENED_INITIAL.issues, true)),
    };
  }

  private readClose(): Close {
    const { opened, openedBytes } = this;
    const { reason } = OPENED_INITIAL;
    const end = reason + opened.getUint8(OPENED_INITIAL.reason_length);
    return {
      errorCode: opened.getBigUint64(OPENED_INITIAL.error_code, true),
      frameType: this.varint(OPENED_INITIAL.error_frame_type),
      reason: printableBytes(openedBytes.subarray(reason, end)),
    };
  }

  /** A number of up to 62 bits. Above 2^53 the lowest are lost. */
  private varint(at: number): number {
    return this.opened.getUint32(at, true) + this.opened.getUint32(at + 4, true) * LOW_HALF;
  }
}

/** What printableBytes leaves as it is. */
const PLAIN = /^[\x20-\x5b\x5d-\x7e]*$/;

const printableName = (name: string) => (PLAIN.test(name) ? name : printableBytes(Buffer.from(name, 'latin1')));
