// A packet as a JSON object: the fields that the README lists, in that order. Absent values are null.
import { ISSUE, PACKET_TYPE } from './abi.gen.js';
import { type Clock, dcidText, dstText, hex, scidText, srcText, versionText } from './format.js';
import { timeText } from './packet-time.js';
import { queueOf } from './queue.js';
import type { Decoded } from './quic/decoder.js';
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

interface Cids {
  dcid: string;
  scid: string;
  issues: number;
}

/** CIDs as hex digits. Those that the record holds cut come whole from the frame's bytes, as long as they are there. */
function cidsOf(view: RecordView, recorder: Recorder): Cids {
  const { dcidLength, scidLength, issues } = view;
  if (issues & ISSUE.ISSUE_CID_CUT) {
    const dcid = view.packetOffset + BEFORE_DCID;
    const scid = dcid + dcidLength + 1;
    const frame = recorder.lane(view).frameOf(view);
    if (frame && scid + scidLength <= frame.length) {
      return {
        dcid: hex(frame, dcid, dcid + dcidLength),
        scid: hex(frame, scid, scid + scidLength),
        issues: issues & ~ISSUE.ISSUE_CID_CUT,
      };
    }
  }
  return { dcid: dcidText(view), scid: scidText(view), issues };
}

/**
 * The JSON line of a packet, without the line break. Everything but `interface`, `sni` and `alpn` is digits or fixed
 * words.
 * @param interfaceName null for a packet of a capture file
 */
export function packetJson(
  view: RecordView,
  decoded: Decoded,
  interfaceName: string | null,
  clock: Clock,
  recorder: Recorder,
): string {
  const { backend } = view;
  const { trust, ja4 } = decoded;
  const { dcid, scid, issues } = cidsOf(view, recorder);
  const scheme = backend === null ? 'null' : '"cidv1"';
  const time = timeText(view, clock);
  const tokenLength = hasToken(view) ? view.tokenLength : null;
  return (
    `{"event":"packet","interface":${JSON.stringify(interfaceName)},"frame":${view.frame},"index":${view.index},` +
    `"time":${time && `"${time}"`},"rx_queue":${view.rxQueue},"queue":${queueOf(backend)},` +
    `"src":"${srcText(view)}","src_port":${view.srcPort},"dst":"${dstText(view)}","dst_port":${view.dstPort},` +
    `"vlan":[${view.vlans}],"version":"${versionText(view.version)}","type":"${TYPE_NAMES[view.type]}",` +
    `"dcid":"${dcid}","scid":"${scid}","token_length":${tokenLength},` +
    `"packet_length":${view.packetLength},"backend":${backend},"cid_scheme":${scheme},` +
    `"trust":${trust && `"${trust}"`},"decrypted":${decoded.decrypted},"packet_number":${decoded.packetNumber},` +
    `"sni":${JSON.stringify(decoded.sni)},"alpn":${JSON.stringify(decoded.alpn)},"ja4":${ja4 && `"${ja4}"`},` +
    `"ech":${decoded.ech},"issues":${JSON.stringify(allIssues(issues, decoded))}}`
  );
}
