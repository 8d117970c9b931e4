// When a packet arrived, as text. Unlike live packets, those of a capture file may have no time, or one far away.

import type { RecordView } from '../recorder/record.js';
import { type Clock, SECOND_EXACT } from './format.js';

/** As Clock.iso gives it, of a time that is too large for an exact number. */
function farTime(time: bigint, clock: Clock): string {
  const epoch = clock.split(0);
  const total = time + BigInt(epoch.nanoseconds);
  const seconds = epoch.seconds + Number(total / SECOND_EXACT);
  const text = new Date(seconds * 1000).toISOString().slice(0, 19);
  return `${text}.${String(total % SECOND_EXACT).padStart(9, '0')}Z`;
}

/** RFC 3339 in UTC with nanoseconds; null when the capture file does not tell. */
export function timeText(view: RecordView, clock: Clock): string | null {
  if (!view.hasTime) return null;
  const { time } = view;
  return time <= Number.MAX_SAFE_INTEGER ? clock.iso(time) : farTime(view.exactTime, clock);
}
