// The CIDs of a capture file, counted as the XDP program counts those of a live capture (xdp/capture.h, cid_counter): the
// DCID of the first packet of each datagram to a watched port, with the bytes of the frame.

import type { CidRow, Cids } from '../capture/capture.js';
import { CidLru } from '../cid/word-lru.js';
import { LIMITS, RECORD, RECORD_FLAGS } from '../native/abi.gen.js';
import type { RecordView } from '../recorder/record.js';
import { hex } from '../text/format.js';

const CIDS = 65_536;
const BACKENDS = 65_536;
const NO_BACKEND = -1;

export class CidCounter {
  private readonly cids = new CidLru(CIDS);
  private readonly packets = new Float64Array(CIDS + 1);
  private readonly bytes = new Float64Array(CIDS + 1);
  private readonly firstSeen = new Float64Array(CIDS + 1);
  private readonly lastSeen = new Float64Array(CIDS + 1);
  private readonly backends = new Int32Array(CIDS + 1).fill(NO_BACKEND);
  private readonly backendCids = new Uint32Array(BACKENDS);
  /** Packets were counted since the last top(). */
  changed = false;

  count(view: RecordView): void {
    const length = view.dcidLength;
    if (view.index !== 0 || length > LIMITS.CID_MAX || view.flags & RECORD_FLAGS.RECORD_FROM_WATCHED) return;
    const slot = this.cids.use(view.words, RECORD.dcid / 4, length);
    const time = view.hasTime ? view.time : Number.NaN;
    if (this.cids.added) this.begin(slot, view.backend ?? NO_BACKEND, time);
    (this.packets[slot] as number)++;
    (this.bytes[slot] as number) += view.frameLength;
    this.lastSeen[slot] = time;
    this.changed = true;
  }

  private begin(slot: number, backend: number, time: number): void {
    const before = this.backends[slot] as number;
    if (before !== NO_BACKEND) (this.backendCids[before] as number)--;
    if (backend !== NO_BACKEND) (this.backendCids[backend] as number)++;
    this.backends[slot] = backend;
    this.packets[slot] = 0;
    this.bytes[slot] = 0;
    this.firstSeen[slot] = time;
  }

  /** As Capture.cids() gives it: the `limit` CIDs of most packets. */
  top(limit: number): Cids {
    this.changed = false;
    const slots = Array.from({ length: this.cids.size }, (_, i) => i + 1);
    slots.sort((a, b) => (this.packets[b] as number) - (this.packets[a] as number));
    const rows = slots.slice(0, limit).map((slot) => this.row(slot));
    return { rows, total: this.cids.size, backendCids: this.backendCids };
  }

  private row(slot: number): CidRow {
    const backend = this.backends[slot] as number;
    return {
      cid: hex(this.cids.bytes(slot)),
      backend: backend === NO_BACKEND ? null : backend,
      packets: this.packets[slot] as number,
      bytes: this.bytes[slot] as number,
      firstSeen: this.firstSeen[slot] as number,
      lastSeen: this.lastSeen[slot] as number,
    };
  }
}
