// More CIDs than the maps have room for: those that are in use stay, and those that are not make room.
import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { expect, it } from 'vitest';
import { constants, Program } from '../support/harness.js';
import { type Bytes, cidv1, ethernet, hex, ipv4, longHeader, udp } from '../support/packets.js';

const { QT_CID_COUNTER_ENTRIES, QT_MODE_TAP } = constants;
/** More than cid_backend_map has entries. */
const SPRAY = 70_000;
/** New CIDs between two packets of one that is in use. */
const PAUSE = 500;

/** A new entry is not considered for eviction until some more are made on the same CPU. */
function stayOnOneCpu(): void {
  const [, cpu = ''] = /^Cpus_allowed_list:\s*(\d+)/m.exec(readFileSync('/proc/thread-self/status', 'utf8')) ?? [];
  execFileSync('taskset', ['-cp', cpu, basename(readlinkSync('/proc/thread-self'))]);
}

it('a spray of CIDs stops neither the counting nor the routes of a CID that is in use', { timeout: 60_000 }, () => {
  stayOnOneCpu();
  const program = new Program({ mode: QT_MODE_TAP });
  try {
    const frameOf = (dcid: Bytes) => ethernet(ipv4(udp(longHeader({ dcid }))));
    const [busy, idle] = [cidv1(7, 12), cidv1(8, 12)];
    const busyFrame = frameOf(busy);
    const sprayed = frameOf(cidv1(9));
    const view = new DataView(sprayed.buffer, sprayed.byteOffset);
    const place = hex(sprayed).indexOf(hex(cidv1(9))) / 2 + 4;
    view.setUint16(14 + 20 + 6, 0); // no UDP checksum (RFC 768)

    program.run(frameOf(idle));
    let packets = 0;
    for (let i = 0; i < SPRAY; i++) {
      view.setUint32(place, i);
      program.run(sprayed);
      if (i % PAUSE !== 0) continue;
      program.run(busyFrame);
      packets++;
    }

    const counts = new Map(program.cidCounts().map((each) => [hex(each.bytes), each.packets]));
    expect(counts.get(hex(busy))).toBe(packets);
    expect(counts.has(hex(idle))).toBe(false);
    expect(counts.size).toBeLessThanOrEqual(QT_CID_COUNTER_ENTRIES);
    expect(counts.size).toBeGreaterThan(QT_CID_COUNTER_ENTRIES / 2);
    const routes = new Map(program.cidBackends().map((each) => [hex(each.bytes), each.backend]));
    expect(routes.get(hex(busy))).toBe(7);
    expect(routes.has(hex(idle))).toBe(false);
  } finally {
    program.close();
  }
});
