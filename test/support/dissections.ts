// Dissections of the packets of a capture, and their fields in a row.

import { dissect } from '../../src/core/dissect/dissect.js';
import type { Dissection, Field } from '../../src/core/dissect/field.js';
import { type Decoded, Decoder } from '../../src/core/quic/decoder.js';
import { captureRecords, type Recorded } from './records.js';

export interface Dissected extends Recorded {
  decoded: Decoded;
  dissection: Dissection;
}

export async function dissectCapture(name: string): Promise<Dissected[]> {
  const decoder = new Decoder();
  return (await captureRecords(name)).map(({ view, frame }) => {
    const decoded = decoder.decode(view, () => frame);
    return { view, frame, decoded, dissection: dissect(view, frame, decoded) };
  });
}

/** A field with the labels of those that it is in, outermost first. */
export interface Placed {
  field: Field;
  path: readonly string[];
}

export function allFields(fields: readonly Field[], path: readonly string[] = []): Placed[] {
  return fields.flatMap((field) => [{ field, path }, ...allFields(field.children, [...path, field.label])]);
}
