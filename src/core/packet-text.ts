// A packet as one line of text, for pipes and for people who like tcpdump.
import { type Clock, dcidText, dstText, endpointText, scidText, srcText, versionText } from './format.js';
import { issueNames } from './packet-json.js';
import { timeText } from './packet-time.js';
import { type RecordView, TYPE_NAMES } from './record.js';

/** One line, without the line break. */
export function packetText(view: RecordView, clock: Clock): string {
  const { backend } = view;
  const issues = issueNames(view.issues);
  return [
    timeText(view, clock) ?? '-',
    `${endpointText(srcText(view), view.srcPort)} > ${endpointText(dstText(view), view.dstPort)}`,
    `${TYPE_NAMES[view.type]} ${versionText(view.version)}`,
    `dcid ${dcidText(view) || '-'}`,
    `scid ${scidText(view) || '-'}`,
    `backend ${backend ?? '-'}`,
    `length ${view.packetLength}`,
    ...(issues.length > 0 ? [`(${issues.join(', ')})`] : []),
  ].join(' ');
}
