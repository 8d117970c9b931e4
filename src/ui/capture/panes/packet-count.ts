// What is said of the packets at the end of the line of the tabs: the filter, and how many match it.
import { count } from '../../../core/text/format.js';
import { cell, columnsOf } from '../../terminal/text.js';
import type { Theme } from '../../theme/theme.js';
import type { CaptureModel } from '../model/capture-model.js';

/** @param shown of the filter's text */
function wholeText({ filter, list }: CaptureModel, theme: Theme, shown = filter.text): string {
  const matches = theme.paint('strong', count(list.count));
  if (filter.text === '') return `${matches} ${theme.paint('dim', 'packets')}`;
  const noun = theme.paint('dim', list.searching ? 'match ...' : 'match');
  return `${theme.paint('dim', 'filter:')} ${theme.paint('warn', shown)}  ${matches} ${noun}`;
}

/** In less room the filter is cut, then left out, then what is counted. */
export function packetCountText(capture: CaptureModel, width: number, theme: Theme): string {
  const whole = wholeText(capture, theme);
  const missing = columnsOf(whole) - width;
  if (missing <= 0) return whole;
  const { text } = capture.filter;
  const kept = text.length - missing;
  if (kept >= 4) return wholeText(capture, theme, cell(text, kept));
  const counted = theme.paint('strong', count(capture.list.count));
  const matches = text === '' ? counted : `${counted} ${theme.paint('dim', 'match')}`;
  return [matches, counted].find((each) => columnsOf(each) <= width) ?? '';
}
