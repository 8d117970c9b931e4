// What is said beside every number that comes from decoded packets: how many it does not know of.
import type { Census } from '../../../core/analysis/analysis.js';
import { count } from '../../../core/text/format.js';
import type { Theme } from '../../theme/theme.js';

/** `144,000 not decoded, 12 not opened`; empty when everything was. */
export function undecodedText({ missed, overBudget }: Pick<Census, 'missed' | 'overBudget'>, theme: Theme): string {
  const parts = [
    ...(missed > 0 ? [`${count(missed)} not decoded`] : []),
    ...(overBudget > 0 ? [`${count(overBudget)} not opened`] : []),
  ];
  return parts.length > 0 ? theme.paint('warn', parts.join(', ')) : '';
}
