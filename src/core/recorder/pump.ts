// Hands packets of the recorder to those who take them: lines, a capture file, an export, the analysis, a count.
import type { RecordView } from './record.js';
import type { RecordCursor } from './record-cursor.js';

/** One who takes packets. */
export interface Sink {
  /** It takes no more before what it has was taken from it. */
  readonly full: boolean;
  /** Takes a packet; the view is good until this returns. Only while it is not full. @throws QuicTopError */
  add(view: RecordView): void;
}

/** One who passes on what it takes, and may have to wait for that. */
export interface Outlet extends Sink {
  /** Passes on all that it has. @throws QuicTopError */
  flush(): Promise<void>;
}

/** Chooses packets; a PacketFilter is one. */
export interface Chooser {
  matches(view: RecordView): boolean;
}

const ALL: Chooser = { matches: () => true };

/**
 * Gives every sink what the cursor has and the filter chooses, at most `limit` packets. Returns how many it gave, and
 * whether it stopped because a sink is full: then it is to be called again.
 */
export function fill(
  cursor: RecordCursor,
  sinks: readonly Sink[],
  limit = Number.POSITIVE_INFINITY,
  filter = ALL,
): { count: number; full: boolean } {
  for (let count = 0; ; ) {
    if (count >= limit) return { count, full: false };
    for (const sink of sinks) if (sink.full) return { count, full: true };
    const view = cursor.next();
    if (!view) return { count, full: false };
    if (!filter.matches(view)) continue;
    count++;
    for (const sink of sinks) sink.add(view);
  }
}

/** The same for outlets, all of which have passed on what they took when it resolves. Returns how many packets it gave. */
export async function pump(
  cursor: RecordCursor,
  outlets: readonly Outlet[],
  limit = Number.POSITIVE_INFINITY,
  filter = ALL,
): Promise<number> {
  for (let total = 0; ; ) {
    const { count, full } = fill(cursor, outlets, limit - total, filter);
    total += count;
    for (const outlet of outlets) if (outlet.full || !full) await outlet.flush();
    if (!full) return total;
  }
}
