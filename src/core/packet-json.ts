// A packet as a JSON object: the fields that the README lists, in that order. Absent values are null.
import { ISSUE } from './abi.gen.js';
import { queueOf } from './capture.js';
import { type Clock, dcidText, dstText, scidText, srcText, versionText } from './format.js';
import { type RecordView, TYPE_NAMES } from './record.js';

const ISSUE_NAMES = Object.entries(ISSUE).map(
  ([name, bit]) => [name.replace('ISSUE_', '').toLowerCase(), bit] as const,
);

/** Names of the issues of a packet: what is wrong with it, if anything. */
export function issueNames(issues: number): string[] {
  return issues === 0 ? [] : ISSUE_NAMES.filter(([, bit]) => issues & bit).map(([name]) => name);
}

/** The JSON line of a packet, without the line break. Everything but `interface` is digits or fixed words. */
export function packetJson(view: RecordView, interfaceName: string, clock: Clock): string {
  const { backend } = view;
  const scheme = backend === null ? 'null' : '"cidv1"';
  return (
    `{"event":"packet","interface":${JSON.stringify(interfaceName)},"frame":${view.frame},"index":${view.index},` +
    `"time":"${clock.iso(view.time)}","rx_queue":${view.rxQueue},"queue":${queueOf(backend)},` +
    `"src":"${srcText(view)}","src_port":${view.srcPort},"dst":"${dstText(view)}","dst_port":${view.dstPort},` +
    `"vlan":[${view.vlans}],"version":"${versionText(view.version)}","type":"${TYPE_NAMES[view.type]}",` +
    `"dcid":"${dcidText(view)}","scid":"${scidText(view)}","token_length":${view.tokenLength},` +
    `"packet_length":${view.packetLength},"backend":${backend},"cid_scheme":${scheme},"trust":null,` +
    '"decrypted":null,"packet_number":null,"sni":null,"alpn":null,"ja4":null,"ech":null,' +
    `"issues":${JSON.stringify(issueNames(view.issues))}}`
  );
}
