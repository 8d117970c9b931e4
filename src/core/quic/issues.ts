// What can be wrong with a packet: what its record tells, by the bits of enum qt_issue, and what is found when it is decoded.
import { INITIAL_ISSUE, ISSUE } from '../native/abi.gen.js';

/** By the names that `Decoded.issues` has for it. */
export const DECODED_ISSUES = {
  not_decoded: 'a packet that was not decoded: packets came faster than that takes',
  over_budget: 'a packet that was not opened: others took the time of its second',
  authentication_failed: 'an Initial that its keys do not open',
  retry_tag_wrong: 'a Retry whose integrity tag is wrong',
  version_guessed: 'of an unknown version: the keys of draft-29, a guess, open it',
  reserved_bits: 'reserved bits are not zero',
  no_frames: 'it opens and holds nothing',
  frame_not_allowed: 'a frame that has no place in an Initial',
  frame_malformed: 'a frame that is cut',
  crypto_beyond_limit: 'CRYPTO data further on than is put together',
  client_hello_too_long: 'a ClientHello that is longer than is put together',
  no_client_hello: 'a TLS message that is no ClientHello',
  client_hello_forgotten: 'of a ClientHello whose first part was forgotten: too many had begun',
  client_hello_malformed: 'a ClientHello whose lengths do not fit',
  sni_too_long: 'a server name of more than 255 bytes, of which the first are kept',
  alpn_too_long: 'more ALPN names than are kept: 16, of 255 bytes in all',
  reason_too_long: 'a reason phrase of more than 128 bytes, of which the first are kept',
} as const;

export type DecodedIssue = keyof typeof DECODED_ISSUES;

const BITS = Object.values(ISSUE);

/** Names of the bits of enum qt_issue, the lowest first. */
export const ISSUE_NAMES = Object.keys(ISSUE).map((name) => name.replace('ISSUE_', '').toLowerCase());

/** Names of the issues of a packet's record: what is wrong with it, if anything. */
export function issueNames(issues: number): string[] {
  return issues === 0 ? [] : ISSUE_NAMES.filter((_, i) => issues & (BITS[i] as number));
}

type InitialIssue = Lowercase<keyof typeof INITIAL_ISSUE>;
const INITIAL_BITS = Object.entries(INITIAL_ISSUE).map(
  ([name, bit]) => [name.toLowerCase() as InitialIssue, bit] as const,
);
export const NO_ISSUES: readonly DecodedIssue[] = Object.freeze([]);

/** Names of the issues of an opened Initial: bits of enum qt_initial_issue. */
export function initialIssueNames(issues: number): readonly DecodedIssue[] {
  return issues === 0 ? NO_ISSUES : INITIAL_BITS.filter(([, bit]) => issues & bit).map(([name]) => name);
}

/** Names of the issues of a record and of what was decoded of it. */
export function allIssues(issues: number, decoded: { readonly issues: readonly DecodedIssue[] }): readonly string[] {
  return issues === 0 ? decoded.issues : [...issueNames(issues), ...decoded.issues];
}
