// What an export is asked for, and what comes of it.
import type { ExportCounts, ExportOptions } from './run-export.js';

export interface ExportRequest extends Omit<ExportOptions, 'format'> {
  /** The interface or the file that the packets are from, for the name. */
  source: string;
  /** Where it goes, when `name` does not say otherwise. */
  folder: string;
  /** A file name or path that the user typed, ending in .pcap or .pcapng; null: quic-top-<source>-<UTC time>.pcapng */
  name: string | null;
}

export interface ExportResult extends ExportCounts {
  path: string;
}

export interface ExportJob {
  /** @throws QuicTopError, and then no file is left */
  readonly done: Promise<ExportResult>;
  /** Gives it up: `done` fails with the code ABORTED, unless it was done. */
  cancel(): void;
}

/** @param done of the `total` packets; called ten times a second at most */
export type ExportProgress = (done: number, total: number) => void;

/** Saves packets of the recorder to a new file while the capture goes on. */
export type StartExport = (request: ExportRequest, progress: ExportProgress) => ExportJob;
