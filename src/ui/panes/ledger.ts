// Where every frame ended: the losses by cause and RX queue, then the fates that the XDP program counted.
import type { KernelCounters, Losses } from '../../core/capture.js';
import { lostFrames } from '../../core/summary.js';
import type { Model } from '../model.js';
import type { Pane, PaneSize } from '../pane.js';
import { cell, count } from '../text.js';
import type { Theme } from '../theme.js';
import { frame, innerSize } from './frame.js';

/** What each loss means, as far as a line has room for it. */
const CAUSES: Record<keyof Losses, string> = {
  rx_ring_full: 'RX ring full',
  fill_ring_empty: 'FILL ring empty',
  invalid_descriptor: 'frame refused',
  tap_buffer_full: 'tap buffer full',
};

/** In the order in which the program comes to them. */
const FATES: readonly [keyof KernelCounters, string][] = [
  ['frames', 'frames seen'],
  ['not_ip', 'not IP'],
  ['not_udp', 'not UDP'],
  ['fragment', 'fragment'],
  ['truncated', 'truncated'],
  ['other_port', 'other port'],
  ['short_header', 'short header'],
  ['long_header', 'long header'],
  ['redirected', 'to AF_XDP'],
  ['tapped', 'copied'],
];

export class LedgerPane implements Pane {
  readonly name = 'ledger';

  constructor(
    private readonly model: Model,
    private readonly theme: Theme,
  ) {}

  lines(size: PaneSize): string[] {
    const { theme, model } = this;
    const { width } = innerSize(size);
    const { ledger, rxLosses } = model.rates;
    const line = (title: string, value: number, role: 'bad' | 'strong' | 'dim') =>
      `${cell(title, Math.max(0, width - 15))} ${theme.paint(role, cell(count(value), 14, 'right'))}`;
    if (!ledger) return frame(size, 'Ledger', '', [], theme);
    const losses = Object.entries(CAUSES).flatMap(([cause, title]) => {
      const lost = ledger.lost[cause as keyof Losses];
      const perQueue = rxLosses.flatMap((of, queue) => {
        const here = of[cause as keyof typeof of] ?? 0;
        return here > 0 && rxLosses.length > 1 ? [line(`  rx ${queue}`, here, 'bad')] : [];
      });
      return [line(`lost: ${title}`, lost, lost > 0 ? 'bad' : 'dim'), ...perQueue];
    });
    const fates = FATES.map(([fate, title]) =>
      line(title, ledger.kernel[fate], ledger.kernel[fate] > 0 ? 'strong' : 'dim'),
    );
    const { captured, overwritten } = model.source.recorder;
    const recorder = [line('captured', captured, 'strong'), line('overwritten', overwritten, 'dim')];
    const total = lostFrames(ledger.lost);
    const note = total > 0 ? theme.paint('bad', `${count(total)} lost`) : theme.paint('good', 'nothing lost');
    return frame(size, 'Where frames end', note, [...losses, '', ...fates, ...recorder], theme);
  }
}
