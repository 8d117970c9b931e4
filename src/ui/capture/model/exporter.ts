// Saves the packets of the list: starts the job, follows it, and says how it ended.

import type { ExportJob, ExportRequest, ExportResult, StartExport } from '../../../core/export/export-job.js';
import { errorLine } from '../../../core/text/errors.js';
import { count, printable } from '../../../core/text/format.js';
import type { Message } from '../../model/model.js';

export class Exporter {
  private job: ExportJob | null = null;
  private finished: Promise<void> = Promise.resolve();

  constructor(
    private readonly start: StartExport,
    private readonly say: (kind: Message['kind'], text: string) => void,
  ) {}

  get running(): boolean {
    return this.job !== null;
  }

  begin(request: ExportRequest): void {
    const job = this.start(request, (done, total) => {
      const share = total > 0 ? Math.floor((100 * done) / total) : 100;
      this.say('done', `exporting: ${share} %, ${count(done)} of ${count(total)} packets; esc gives up`);
    });
    this.job = job;
    this.say('done', 'exporting ...');
    this.finished = job.done.then(
      (result) => this.end('done', resultText(result)),
      (error: unknown) => this.end('failed', errorLine(error)),
    );
  }

  private end(kind: Message['kind'], text: string): void {
    this.job = null;
    this.say(kind, text);
  }

  cancel(): void {
    this.job?.cancel();
  }

  /** Gives an unfinished export up, and waits until nothing is left of it. */
  async close(): Promise<void> {
    this.cancel();
    await this.finished;
  }
}

function resultText({ path, frames, overwritten }: ExportResult): string {
  const late = overwritten > 0 ? `; ${count(overwritten)} packets were overwritten before they could be saved` : '';
  return `${count(frames)} frames saved to ${printable(path)}${late}`;
}
