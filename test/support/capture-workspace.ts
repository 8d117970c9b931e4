// The workspace of a capture, for tests: all of the screen but the terminal.
import type { Analysis } from '../../src/core/analysis/analysis.js';
import type { ScreenSource } from '../../src/core/capture/source.js';
import type { StartExport } from '../../src/core/export/export-job.js';
import { KEYS } from '../../src/ui/capture/keys.js';
import { CaptureModel } from '../../src/ui/capture/model/capture-model.js';
import { DEFAULT_COLUMNS } from '../../src/ui/capture/table/packet-columns.js';
import { CaptureWorkspace } from '../../src/ui/capture/workspace.js';
import { Model } from '../../src/ui/model/model.js';
import { Theme } from '../../src/ui/theme/theme.js';
import type { Host } from '../../src/ui/workspace.js';

export interface WorkspaceWorld {
  /** Milliseconds of a monotonic clock. */
  now(): number;
  host: Host;
  startExport: StartExport;
}

/** Without colours, on a terminal of 80x24 until it is resized. */
export function captureWorkspace(source: ScreenSource, analysis: Analysis, world: WorkspaceWorld): CaptureWorkspace {
  const { now, host, startExport } = world;
  const model = new Model(Theme.of({ NO_COLOR: '1' }), now);
  const capture = new CaptureModel(source, analysis, model);
  const options = { ports: '4433', exportDir: '/exports', columns: DEFAULT_COLUMNS, startExport, keys: KEYS };
  return new CaptureWorkspace(model, capture, options, host);
}
