// The screen of a capture, live or from a file.
import { performance } from 'node:perf_hooks';
import type { Analysis } from '../core/analysis/analysis.js';
import type { ScreenSource } from '../core/capture/source.js';
import type { StartExport } from '../core/export/export-job.js';
import { formatPorts } from '../core/text/values.js';
import { KEYS } from './capture/keys.js';
import { CaptureModel } from './capture/model/capture-model.js';
import { CaptureWorkspace } from './capture/workspace.js';
import { Model } from './model/model.js';
import { type RunOptions, runWorkspace } from './run-workspace.js';
import type { PaletteName } from './theme/palettes.js';
import { Theme } from './theme/theme.js';

export interface ScreenOptions extends RunOptions {
  ports: readonly number[];
  exportDir: string;
  /** Ids of the packet list's columns. */
  columns: readonly string[];
  theme: 'auto' | PaletteName;
  /** The filter to begin with; it compiles. */
  filterText: string;
  /** Packets with a short header are left out of the list. */
  longOnly?: boolean;
  startExport: StartExport;
}

/**
 * Shows the capture until the user quits or `stop` is aborted. Rejects with the error of a defect, the terminal restored.
 */
export async function runScreen(source: ScreenSource, analysis: Analysis, options: ScreenOptions): Promise<void> {
  const model = new Model(Theme.of(process.env, options.theme), () => performance.now());
  const capture = new CaptureModel(source, analysis, model, options.longOnly);
  capture.setFilter(options.filterText);
  const { exportDir, columns, startExport } = options;
  const ports = formatPorts(options.ports);
  const own = { ports, exportDir, columns, startExport, keys: KEYS };
  await runWorkspace((host) => new CaptureWorkspace(model, capture, own, host), options);
}
