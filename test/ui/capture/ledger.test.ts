// The ledger of the Queues view.
import { expect, it } from 'vitest';
import { noLosses } from '../../../src/core/capture/capture.js';
import type { CaptureModel } from '../../../src/ui/capture/model/capture-model.js';
import { LedgerPane } from '../../../src/ui/capture/panes/ledger.js';
import { Theme } from '../../../src/ui/theme/theme.js';
import { noCounters } from '../../support/fake-recorder.js';
import { drawn } from '../../support/panes.js';

function shown(noSocket: number): readonly string[] {
  const kernel = { ...noCounters(), no_socket: noSocket };
  const rates = { ledger: { kernel, egress: null, lost: noLosses() }, rxLosses: [], captured: 0, overwritten: 0 };
  const pane = new LedgerPane(
    { source: { kind: 'live' }, rates } as unknown as CaptureModel,
    Theme.of({ NO_COLOR: '1' }),
  );
  return drawn(pane, { width: 42, height: 30 }, false);
}

it('shows frames that found no socket beside the losses, though the host got them', () => {
  const lines = shown(1234);
  expect(lines[0]).toMatch(/nothing lost/);
  expect(lines[5]).toMatch(/not diverted: no socket \S+ +1,234/);
  expect(shown(0).join()).not.toContain('no socket');
});
