// A packet as one line of text, for pipes and for people who like tcpdump.

import { claimedText } from '../cid/server-names.js';
import { closeTexts } from '../quic/close.js';
import type { Decoded } from '../quic/decoder.js';
import { allIssues } from '../quic/issues.js';
import { TYPE_NAMES } from '../quic/packet-types.js';
import type { RecordView } from '../recorder/record.js';
import { dstText, srcText } from '../text/address.js';
import { Clock, dcidText, endpointText, scidText, versionText } from '../text/format.js';
import { timeText } from '../text/packet-time.js';
import { CHUNK, type LineFormat } from './line-format.js';

/** A name as one word of the line. */
const word = (name: string) => name.replaceAll(' ', '\\x20') || '-';

/** One line, without the line break. */
function packetText(view: RecordView, decoded: Decoded, clock: Clock): string {
  const { backend } = view;
  const { sni, alpn, close, trust } = decoded;
  const issues = allIssues(view.issues, decoded);
  return [
    timeText(view, clock) ?? '-',
    `${endpointText(srcText(view), view.srcPort)} > ${endpointText(dstText(view), view.dstPort)}`,
    `${TYPE_NAMES[view.type]} ${view.isShort ? '-' : versionText(view.version)}`,
    `dcid ${dcidText(view) || '-'}`,
    `scid ${scidText(view) || '-'}`,
    // Behind a question mark: nobody is known to have put it there.
    `backend ${backend === null ? '-' : claimedText(backend, trust === 'server')}`,
    `length ${view.packetLength}`,
    ...(sni === null ? [] : [`sni ${word(sni)}`]),
    ...(alpn === null ? [] : [`alpn ${alpn.map(word).join(',')}`]),
    ...(close === null ? [] : [`close ${closeTexts(close).map(word).join(' ')}`]),
    ...(issues.length > 0 ? [`(${issues.join(', ')})`] : []),
  ].join(' ');
}

/** Writes packets as lines of text. */
export class PacketText implements LineFormat {
  private readonly clock: Clock;
  private lines = '';

  /** @param epoch Recorder.epoch */
  constructor(epoch: bigint) {
    this.clock = new Clock(epoch);
  }

  get full(): boolean {
    return this.lines.length >= CHUNK;
  }

  add(view: RecordView, decoded: Decoded): void {
    this.lines += `${packetText(view, decoded, this.clock)}\n`;
  }

  take(): Uint8Array | null {
    if (this.lines === '') return null;
    const lines = Buffer.from(this.lines, 'latin1');
    this.lines = '';
    return lines;
  }
}
