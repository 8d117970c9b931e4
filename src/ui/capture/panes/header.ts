// The header line: what is watched and how, the rates, the losses, and whether the view is live.

import type { Loading } from '../../../core/capture/source.js';
import { hookName } from '../../../core/host/choose-hook.js';
import { count, printable } from '../../../core/text/format.js';
import { cell, columnsOf, scaled, sparkline } from '../../terminal/text.js';
import type { Theme } from '../../theme/theme.js';
import type { CaptureModel } from '../model/capture-model.js';
import { undecodedText } from './undecoded.js';

/** Of a segment that goes first where there is no room. */
const LIGHTEST = 9;

interface Segment {
  /** The highest goes first when there is no room. */
  weight: number;
  text: string;
}

const SPARK_COLUMNS = 24;
const GAP = '  ';
/** Columns of a warning that other segments make room for. */
const LEAST_WARNING = 30;

function rateText(value: number | null, unit: string, theme: Theme): string {
  if (value === null) return theme.paint('dim', `· ${unit}`);
  const { digits, prefix } = scaled(value);
  return `${theme.paint('strong', digits.padStart(4))} ${theme.paint('dim', prefix + unit)}`;
}

function fileStateText({ done, warning, overwritten }: Loading, theme: Theme): string {
  if (!done) return theme.paint('warn', '○ reading');
  if (warning !== null) return theme.paint('bad', '● read, with a warning');
  return overwritten > 0 ? theme.paint('warn', '● read, not all kept') : theme.paint('good', '● read');
}

function stateText(capture: CaptureModel, theme: Theme): string {
  const { source } = capture;
  const { loading, trouble } = source;
  if (loading) return fileStateText(loading, theme);
  if (trouble?.ended) return theme.paint('bad', `■ capture ended: ${printable(trouble.text)}`);
  if (!capture.paused && trouble) return theme.paint('warn', `○ ${printable(trouble.text)}`);
  if (!capture.paused) return theme.paint('good', '● live');
  return `${theme.paint('warn', '‖ paused')} ${theme.paint('dim', `+${count(capture.sincePause)}`)}`;
}

function leftSegments({ source }: CaptureModel, theme: Theme): Segment[] {
  const { name, mode, reason, todo, warns, hook, egressMissing } = source;
  return [
    { weight: 4, text: theme.paint('brand', 'quic-top') },
    { weight: 1, text: theme.paint('strong', printable(name)) },
    { weight: 4, text: mode },
    ...(egressMissing ? [{ weight: 4, text: theme.paint('warn', 'incoming only') }] : []),
    ...(hook ? [{ weight: 6, text: theme.paint('dim', hookName(hook)) }] : []),
    ...(reason && !warns ? [{ weight: 7, text: theme.paint('dim', printable(reason)) }] : []),
    ...(todo ? [{ weight: LIGHTEST, text: theme.paint('dim', todo) }] : []),
  ];
}

function rightSegments(capture: CaptureModel, theme: Theme): Segment[] {
  const { rates, source } = capture;
  const state = { weight: 0, text: stateText(capture, theme) };
  const { loading } = source;
  if (loading) {
    return [
      { weight: 2, text: `${theme.paint('strong', count(loading.frames))} ${theme.paint('dim', 'frames')}` },
      state,
    ];
  }
  const history = rates.history.slice(-SPARK_COLUMNS);
  const lost = `lost ${count(rates.lost)}`;
  const undecoded = undecodedText(capture.history.shown.census, theme);
  return [
    { weight: 8, text: theme.paint('bar', sparkline(history).padStart(SPARK_COLUMNS)) },
    { weight: 2, text: rateText(rates.packets, 'pps', theme) },
    { weight: 3, text: rateText(rates.bits, 'b/s', theme) },
    ...(undecoded === '' ? [] : [{ weight: 1, text: undecoded }]),
    { weight: 0, text: rates.lost > 0 ? theme.paint('bad', lost) : theme.paint('good', lost) },
    ...(rates.lostByNic > 0 ? [{ weight: 1, text: theme.paint('bad', `NIC lost ${count(rates.lostByNic)}`) }] : []),
    state,
  ];
}

const joined = (segments: readonly Segment[]) => segments.map(({ text }) => text).join(GAP);

export function headerLine(capture: CaptureModel, width: number, theme: Theme): string {
  let left = leftSegments(capture, theme);
  let right = rightSegments(capture, theme);
  const used = () => columnsOf(joined(left)) + GAP.length + columnsOf(joined(right)) + 2;
  const { reason, warns } = capture.source;
  const warning = warns && reason ? printable(reason) : '';
  const kept = warning === '' ? 0 : GAP.length + Math.min(warning.length, LEAST_WARNING);
  for (let weight = LIGHTEST; weight > 0 && used() + kept > width; weight--) {
    left = left.filter((segment) => segment.weight !== weight);
    right = right.filter((segment) => segment.weight !== weight);
  }
  // A warning stays, in what room there is.
  if (warning !== '') {
    const room = Math.max(0, width - used() - GAP.length);
    left.push({ weight: 0, text: theme.paint('warn', cell(warning, Math.min(warning.length, room))) });
  }
  const space = Math.max(GAP.length, width - 2 - columnsOf(joined(left)) - columnsOf(joined(right)));
  return ` ${joined(left)}${' '.repeat(space)}${joined(right)} `;
}
