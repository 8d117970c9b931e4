// Filters that need what is in Initials, for readers that walk through all packets: lines and their count.
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CaptureFile } from '../../src/core/capture-file.js';
import { compileFilter } from '../../src/core/filter/index.js';
import { PacketFilter } from '../../src/core/packet-filter.js';
import { RecordCursor } from '../../src/core/record-cursor.js';
import { writeLines } from '../../src/lines.js';
import { readFixture } from '../support/fixtures.js';

const NAME = 'quiche-cidv1';
const HELLOS = JSON.parse(readFixture(`${NAME}.hello.json`).toString()) as {
  records: { frame: number; sni?: string | null }[];
};
const FRAMES = HELLOS.records.filter(({ sni }) => sni).map(({ frame }) => frame);

let file: CaptureFile;
beforeEach(async () => {
  const path = fileURLToPath(new URL(`../fixtures/${NAME}.pcap`, import.meta.url));
  const opened = await CaptureFile.open({ path, ports: [4433], bufferBytes: 4 << 20 }, new AbortController().signal);
  if (!opened) throw new Error('it was not opened');
  file = opened;
  while (file.read());
});
afterEach(() => file.close());

/** Counts the packets that match, without a line for any. */
function countMatches(text: string, limit = Number.POSITIVE_INFINITY): Promise<number> {
  return writeLines(new RecordCursor(file.recorder), limit, {
    format: null,
    filter: new PacketFilter(compileFilter(text), file.recorder),
    count: limit,
    output: process.stdout,
    stop: new AbortController().signal,
  });
}

describe('PacketFilter', () => {
  it('decodes when the filter needs it, and only then', () => {
    const decoderFor = (text: string, decode = false) =>
      new PacketFilter(compileFilter(text), file.recorder, { decode }).decoder;
    expect(decoderFor('backend == 17')).toBeNull();
    expect(decoderFor('backend == 17', true)).not.toBeNull();
    expect(decoderFor('backend == 17 or sni')).not.toBeNull();
  });

  it('counts packets by what is in them where no line is written', async () => {
    expect(FRAMES.length).toBeGreaterThan(10);
    expect(await countMatches('sni')).toBe(FRAMES.length);
    expect(await countMatches('sni', 3)).toBe(3);
    const all = file.recorder.packets;
    expect(await countMatches('not sni')).toBe(all - FRAMES.length);
  });
});
