// The ledger of the Queues view.
import { expect, it } from 'vitest';
import { NO_CENSUS } from '../../../src/core/analysis/census-counter.js';
import { noLosses } from '../../../src/core/capture/capture.js';
import type { CaptureModel } from '../../../src/ui/capture/model/capture-model.js';
import { LedgerPane } from '../../../src/ui/capture/panes/ledger.js';
import { Theme } from '../../../src/ui/theme/theme.js';
import { noCounters } from '../../support/fake-recorder.js';
import { drawn, plain } from '../../support/panes.js';

const theme = Theme.of({ NO_COLOR: '1' });

function shown(noSocket: number, missed: number | null = null, census = NO_CENSUS): readonly string[] {
  const kernel = { ...noCounters(), no_socket: noSocket };
  const nic = missed === null ? null : { rx_missed_errors: missed, rx_fifo_errors: 0, rx_over_errors: 0, driver: 0 };
  const rates = { ledger: { kernel, egress: null, lost: noLosses(), nic }, rxLosses: [], captured: 0, overwritten: 0 };
  const pane = new LedgerPane(
    { source: { kind: 'live' }, rates, history: { shown: { census } } } as unknown as CaptureModel,
    theme,
  );
  return drawn(pane, { width: 42, height: 30 }, false);
}

it('shows frames that found no socket beside the losses, though the host got them', () => {
  const lines = shown(1234);
  expect(lines[0]).toMatch(/nothing lost/);
  expect(lines[5]).toMatch(/not diverted: no socket \S+ +1,234/);
  expect(shown(0).join()).not.toContain('no socket');
});

it('shows what the network card lost, and that no program saw it', () => {
  const lines = shown(0, 1234);
  expect(lines[0]).toContain(theme.paint('bad', '1,234 by the NIC'));
  expect(plain(lines[5] as string)).toMatch(/lost: NIC +1,234 /);
  expect(lines[5]).toContain(theme.paint('bad', '1,234'.padStart(14)));
  expect(lines[6]).toContain('  which reached no program');
  const nothing = shown(0, 0).map(plain);
  expect(nothing[0]).toMatch(/nothing lost/);
  expect(nothing[5]).toMatch(/lost: NIC +0 /);
  expect(shown(0, null).join()).not.toContain('NIC');
});

it('shows how many packets were not decoded, and not opened', () => {
  const lines = shown(0, null, { ...NO_CENSUS, missed: 144_000, overBudget: 12 }).map(plain);
  const captured = lines.findIndex((line) => /captured +0 /.test(line));
  expect(lines[captured + 1]).toMatch(/ {2}packets not decoded +144,000 /);
  expect(lines[captured + 2]).toMatch(/ {2}packets not opened +12 /);
  expect(shown(0).map(plain).join()).not.toMatch(/not decoded|not opened/);
});
