// What a Decoder says of a packet. Of most packets it says one of a few things, which are made once.

import type { Trust } from '../cid/trust.js';
import type { RecordView } from '../recorder/record.js';
import type { Close } from './close.js';
import { type DecodedIssue, NO_ISSUES } from './issues.js';

/** What is known of a packet beyond its record. What is not known is null. Texts are safe to print. */
export interface Decoded {
  /** Null: a type that is never opened. False: an Initial that could not be. */
  readonly decrypted: boolean | null;
  readonly packetNumber: number | null;
  /** The DCID, in hex, that the keys of this opened Initial are made of; null for what was not opened. */
  readonly keySource: string | null;
  /** These five stand on the packet that completes the ClientHello. Of names that are too long or too many, the first. */
  readonly sni: string | null;
  readonly alpn: readonly string[] | null;
  /** Names of the ALPN extension that are not in `alpn`. */
  readonly alpnMore: number;
  readonly ja4: string | null;
  readonly ech: boolean | null;
  /** The largest packet number that it acknowledges, when it has an ACK. */
  readonly largestAcknowledged: number | null;
  /** Its CONNECTION_CLOSE. */
  readonly close: Close | null;
  /** In the CID that the backend is read from; null when it is empty. */
  readonly trust: Trust | null;
  readonly issues: readonly DecodedIssue[];
}

/** Gives what is known of a packet. */
export type DecodedOf = (view: RecordView) => Decoded;

/** Where no packet was opened. */
export const NOTHING_READ = {
  packetNumber: null,
  keySource: null,
  sni: null,
  alpn: null,
  alpnMore: 0,
  ja4: null,
  ech: null,
  largestAcknowledged: null,
  close: null,
} as const;

/** What decode() comes to for every packet that was not opened: made once, given out again and again. */
export const COMMON: Decoded[] = [];

function byTrust(decrypted: boolean | null, issues: readonly DecodedIssue[] = NO_ISSUES) {
  const constant = (trust: Trust | null): Decoded => {
    const decoded = Object.freeze({ decrypted, ...NOTHING_READ, trust, issues: Object.freeze(issues) });
    COMMON.push(decoded);
    return decoded;
  };
  return {
    server: constant('server'),
    client: constant('client'),
    echoed: constant('echoed'),
    unknown: constant('unknown'),
    none: constant(null),
  };
}
export const NEVER_OPENED = byTrust(null);
export const NOT_OPENED = byTrust(false);
export const OVER_BUDGET = byTrust(false, ['over_budget']);
export const OTHER_OVER_BUDGET = byTrust(null, ['over_budget']);
export const UNAUTHENTIC = byTrust(false, ['authentication_failed']);
export const RETRY_TAG_WRONG = byTrust(null, ['retry_tag_wrong']);

/** Of a packet that no decoder has seen yet. */
export const NOTHING_KNOWN = NEVER_OPENED.none;

/** Of a packet that no decoder will see, or whose decoding is lost: packets came too fast. */
export const NOT_DECODED: Decoded = Object.freeze({
  decrypted: null,
  ...NOTHING_READ,
  trust: null,
  issues: Object.freeze(['not_decoded'] as const),
});
