// Shows a capture file on the screen, as it is read. Needs no privilege.
import type { ReadStream } from 'node:tty';
import { CaptureFile } from '../core/capture/capture-file.js';
import { FileSource } from '../core/capture/file-source.js';
import { summarizeFile, summaryText } from '../core/capture/summary.js';
import { printable } from '../core/text/format.js';
import type { Options } from '../options.js';
import { AnalysisThread } from '../threads/analysis-thread.js';
import { startExport } from '../threads/export-thread.js';
import { loadWorkers } from '../threads/start.js';
import { bufferFor } from './file-buffer.js';
import { become, confine, type User } from './privileges.js';

/**
 * Opens the file, becomes `user`, and shows it until the user quits. Sets the exit status to 1 when it could not be read
 * to its end. @throws QuicTopError, before the screen when the file cannot be read at all
 */
export async function showFile(
  options: Options & { read: string },
  user: User,
  keys: ReadStream,
  stopper: AbortController,
): Promise<void> {
  // Now, because the user it becomes may be unable to read the folder that this is in.
  const { runScreen } = await import('../ui/index.js');
  loadWorkers();
  const bufferBytes = options.bufferGiven ? options.bufferBytes : bufferFor(options.read, options.bufferBytes);
  const file = await CaptureFile.open({ ...options, path: options.read, bufferBytes }, stopper.signal, async () => {
    become(user);
    confine(user, options, options.exportDir);
  });
  if (!file) return;
  const analysis = new AnalysisThread(file.recorder, null);
  void analysis.failed.then(() => stopper.abort());
  const source = new FileSource(file, analysis);
  const started = performance.now();
  let seconds = 0;
  const quit = new AbortController();
  const loading = source.load(quit.signal).finally(() => {
    seconds = (performance.now() - started) / 1000;
  });
  // The screen ends; then `loading` is asked what was wrong.
  loading.catch(() => stopper.abort());
  try {
    const longOnly = options.short !== 'all';
    const screen = { ...options, filterText: options.filter.text, longOnly, keys, startExport, stop: stopper.signal };
    await runScreen(source, analysis, screen).finally(() => quit.abort());
    await loading;
    if (analysis.failure) throw analysis.failure;
    if (file.warning !== null) {
      process.stderr.write(`quic-top: ${printable(file.warning)}\n`);
      process.exitCode = 1;
    }
    process.stdout.write(`${summaryText(summarizeFile(file, seconds, null))}\n`);
  } finally {
    await analysis.close();
    file.close();
  }
}
