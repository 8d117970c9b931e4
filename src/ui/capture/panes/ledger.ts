// Where every frame ended: the losses by cause and RX queue, then the fates that the program counted. A file has no losses.
import type { KernelCounters, Losses } from '../../../core/capture/capture.js';
import { inBothDirections, lostFrames } from '../../../core/capture/summary.js';
import { lostByNic } from '../../../core/host/nic-losses.js';
import { count } from '../../../core/text/format.js';
import { FramedPane, type Inner } from '../../panes/framed-pane.js';
import { Scroll } from '../../panes/scroll.js';
import { cell } from '../../terminal/text.js';
import type { Role, Theme } from '../../theme/theme.js';
import type { CaptureModel } from '../model/capture-model.js';

/** What each loss means, in the README's words. */
const CAUSES: Record<keyof Losses, string> = {
  rx_ring_full: 'RX ring full',
  fill_ring_empty: 'FILL ring empty',
  invalid_descriptor: 'frame refused',
  tap_buffer_full: 'tap buffer full',
};

/** In the order in which the program comes to them. */
const FATES: readonly [keyof KernelCounters, string][] = [
  ['frames', 'frames'],
  ['not_ip', '  not IP'],
  ['not_udp', '  not UDP'],
  ['fragment', '  fragment'],
  ['truncated', '  truncated'],
  ['other_port', '  other port'],
  ['short_header', '  short header'],
  ['long_header', '  long header'],
  ['redirected', '    to AF_XDP sockets'],
  ['tapped', '    copied'],
];

/** A file's frames go nowhere. */
const FILE_FATES = FATES.filter(([fate]) => fate !== 'redirected' && fate !== 'tapped');

export class LedgerPane extends FramedPane {
  readonly name = 'ledger';
  readonly cursor = new Scroll();

  constructor(
    private readonly capture: Pick<CaptureModel, 'source' | 'rates' | 'history'>,
    theme: Theme,
  ) {
    super(theme);
  }

  protected override fit({ width, height }: Inner): void {
    this.cursor.fit(this.text(width).length, height);
  }

  protected title(): string {
    const { above, below } = this.cursor;
    const more = below > 0 ? (above > 0 ? ' ↕' : ' ↓') : above > 0 ? ' ↑' : '';
    return (this.capture.source.kind === 'file' ? 'Frames of the file' : 'Where frames end') + more;
  }

  protected content({ width }: Inner): string[] {
    return this.cursor.shown(this.text(width));
  }

  protected override note(): string {
    const { theme, capture } = this;
    const { ledger } = capture.rates;
    if (!ledger || capture.source.kind === 'file') return '';
    const total = lostFrames(ledger.lost);
    const byNic = lostByNic(ledger.nic);
    const texts = [
      ...(total > 0 ? [`${count(total)} lost`] : []),
      ...(byNic > 0 ? [`${count(byNic)} by the NIC`] : []),
    ];
    return texts.length > 0 ? theme.paint('bad', texts.join(', ')) : theme.paint('good', 'nothing lost');
  }

  private text(width: number): string[] {
    const { theme, capture } = this;
    const { ledger, overwritten } = capture.rates;
    if (!ledger) return [];
    const byNic = lostByNic(ledger.nic);
    const unattended = inBothDirections('unattended', ledger);
    const overBudget = inBothDirections('over_budget', ledger);
    const line = (title: string, value: number, role: Role = value > 0 ? 'strong' : 'dim') =>
      `${cell(title, Math.max(0, width - 15))} ${theme.paint(role, cell(count(value), 14, 'right'))}`;
    const counted = (title: string, value: number) => line(title, value, value > 0 ? 'bad' : 'dim');
    if (capture.source.kind === 'file') {
      return [...fateLines(ledger.kernel, line, FILE_FATES), '', line('overwritten in memory', overwritten)];
    }
    return [
      ...this.losses(ledger.lost, counted),
      ...(ledger.nic ? [counted('lost: NIC', byNic)] : []),
      ...(byNic > 0 ? [theme.paint('bad', cell('  which reached no program', width))] : []),
      // The host got them, and they are captured as copies: no loss, but divert did not do what it says.
      ...(ledger.kernel.no_socket > 0 ? [line('not diverted: no socket', ledger.kernel.no_socket, 'bad')] : []),
      ...(unattended > 0 ? [line('not captured: stopped', unattended, 'bad')] : []),
      ...(overBudget > 0 ? [line('not captured: over budget', overBudget, 'bad')] : []),
      '',
      ...fateLines(ledger.kernel, line),
      ...(ledger.egress ? ['', theme.paint('title', 'leaving'), ...fateLines(ledger.egress, line)] : []),
      '',
      line('captured', capture.rates.captured),
      ...this.undecoded(line),
      line('overwritten in memory', overwritten),
    ];
  }

  /** In packets, of which a frame has one or more. */
  private undecoded(line: (title: string, value: number, role: Role) => string): string[] {
    const { missed, overBudget } = this.capture.history.shown.census;
    return [
      ...(missed > 0 ? [line('  packets not decoded', missed, 'warn')] : []),
      ...(overBudget > 0 ? [line('  packets not opened', overBudget, 'warn')] : []),
    ];
  }

  /** By cause, and for each cause by RX queue where there are several. */
  private losses(lost: Losses, line: (title: string, value: number) => string): string[] {
    const { rxLosses } = this.capture.rates;
    return Object.entries(CAUSES).flatMap(([cause, title]) => {
      const value = lost[cause as keyof Losses];
      const perQueue = rxLosses.flatMap((of, queue) => {
        const here = of[cause as keyof typeof of] ?? 0;
        return here > 0 && rxLosses.length > 1 ? [line(`  rx ${queue}`, here)] : [];
      });
      return [line(`lost: ${title}`, value), ...perQueue];
    });
  }
}

function fateLines(kernel: KernelCounters, line: (title: string, value: number) => string, fates = FATES): string[] {
  return fates.map(([fate, title]) => line(title, kernel[fate]));
}
