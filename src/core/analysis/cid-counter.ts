// The CIDs of a capture file, counted as the XDP program counts those of a live capture (xdp/count.h, cid_counter): the
// DCID of the first packet of each datagram to a watched port, with the bytes of the frame.

import type { CidRow, Cids } from '../capture/capture.js';
import { backendKey } from '../cid/layout.js';
import type { ServerId } from '../cid/server-id.js';
import { CID_WORDS, WordLru } from '../cid/word-lru.js';
import { LIMITS, RECORD } from '../native/abi.gen.js';
import type { RecordView } from '../recorder/record.js';
import { hex } from '../text/format.js';

const CIDS = 65_536;

export class CidCounter {
  private readonly cids = new WordLru(CIDS, CID_WORDS);
  private readonly packets = new Float64Array(CIDS + 1);
  /** Of them, those with a short header. */
  private readonly shortPackets = new Float64Array(CIDS + 1);
  private readonly bytes = new Float64Array(CIDS + 1);
  private readonly firstSeen = new Float64Array(CIDS + 1);
  private readonly lastSeen = new Float64Array(CIDS + 1);
  private readonly backends: (ServerId | null)[] = new Array(CIDS + 1).fill(null);
  private readonly handles = new Uint32Array(CIDS + 1);
  private readonly layouts = new Uint8Array(CIDS + 1);
  private readonly backendCids = new Map<number, number>();
  /** Packets were counted since the last top(). */
  changed = false;

  count(view: RecordView): void {
    const length = view.dcidLength;
    if (view.index !== 0 || length > LIMITS.CID_MAX || view.fromServer) return;
    const { isShort } = view;
    // It has none, or nobody knows how long it is.
    if (isShort && length === 0) return;
    const slot = this.cids.use(view.words, RECORD.dcid / 4, length);
    const time = view.hasTime ? view.time : Number.NaN;
    if (this.cids.added) this.begin(slot, view, time);
    (this.packets[slot] as number)++;
    if (isShort) (this.shortPackets[slot] as number)++;
    (this.bytes[slot] as number) += view.frameLength;
    this.lastSeen[slot] = time;
    this.changed = true;
  }

  private begin(slot: number, { backend, backendHandle, cidLayout }: RecordView, time: number): void {
    this.addCids(slot, -1);
    this.backends[slot] = backend;
    this.handles[slot] = backendHandle;
    this.layouts[slot] = cidLayout;
    this.addCids(slot, 1);
    this.packets[slot] = 0;
    this.shortPackets[slot] = 0;
    this.bytes[slot] = 0;
    this.firstSeen[slot] = time;
  }

  /** Counts the CID of that slot for its backend, or no longer. */
  private addCids(slot: number, cids: 1 | -1): void {
    if (this.backends[slot] === null) return;
    const key = backendKey({ cidLayout: this.layouts[slot] as number, handle: this.handles[slot] as number });
    const count = (this.backendCids.get(key) ?? 0) + cids;
    if (count === 0) this.backendCids.delete(key);
    else this.backendCids.set(key, count);
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
    return {
      cid: hex(new Uint8Array(this.cids.words(slot).buffer, 0, this.cids.number(slot))),
      cidLayout: this.layouts[slot] as number,
      backend: this.backends[slot] as ServerId | null,
      packets: this.packets[slot] as number,
      shortPackets: this.shortPackets[slot] as number,
      bytes: this.bytes[slot] as number,
      firstSeen: this.firstSeen[slot] as number,
      lastSeen: this.lastSeen[slot] as number,
    };
  }
}
