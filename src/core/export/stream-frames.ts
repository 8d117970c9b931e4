// Writes the frames that match to a file or a pipe as they come.
import type { Writable } from 'node:stream';
import { UsageError } from '../errors.js';
import type { CaptureFormat } from './capture-format.js';
import { FrameBlock } from './frame-block.js';
import type { FrameReader } from './frame-reader.js';
import { fileError, openNewFile } from './new-file.js';
import { pcap } from './pcap.js';
import { type PcapngOptions, pcapng } from './pcapng.js';

/** Stands for standard output, as in tcpdump. */
export const STDOUT = '-';

/** The format that a file's name asks for; standard output gets pcapng. @throws UsageError */
export function formatOf(name: string, options: PcapngOptions): CaptureFormat {
  if (name === STDOUT || name.endsWith('.pcapng')) return pcapng(options);
  if (name.endsWith('.pcap')) return pcap;
  throw new UsageError(`--write: "${name}" is neither a .pcap nor a .pcapng file`, 'write it like -w packets.pcapng');
}

/** Where the frames go. A new file, which is never put in the place of another. @throws QuicTopError */
export async function openTarget(name: string): Promise<Writable> {
  return (await openNewFile(name)).createWriteStream({ flush: true });
}

export class FrameStream {
  private readonly block: FrameBlock;
  private begun = false;
  /** Frames written. */
  frames = 0;

  /** @param name of the target, for errors */
  constructor(
    private readonly reader: FrameReader,
    private readonly format: CaptureFormat,
    private readonly target: Writable,
    private readonly name: string,
  ) {
    this.block = new FrameBlock(format);
    // Told by the write that it concerns.
    target.on('error', () => {});
  }

  /** Records that were overwritten before they could be written. */
  get skipped(): number {
    return this.reader.skipped;
  }

  /** Writes what came since the last call. @throws QuicTopError */
  async pump(): Promise<void> {
    if (!this.begun) {
      this.begun = true;
      await this.write(this.format.begin());
    }
    for (;;) {
      const frame = this.reader.next();
      if (frame) {
        this.block.add(frame);
        this.frames++;
      }
      if (this.block.full || frame === null) await this.write(this.block.take());
      if (frame === null) return;
    }
  }

  /** Writes the rest and what ends the file. @throws QuicTopError */
  async finish(): Promise<void> {
    await this.pump();
    await this.write(this.format.end());
    await new Promise<void>((resolve, reject) => {
      this.target.end((error?: Error | null) => (error ? reject(fileError(error, this.name)) : resolve()));
    });
  }

  private write(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.target.write(bytes, (error) => (error ? reject(fileError(error, this.name)) : resolve()));
    });
  }
}
