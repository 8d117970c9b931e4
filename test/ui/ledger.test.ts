// The ledger of the Queues view.
import { expect, it } from 'vitest';
import { noLosses } from '../../src/core/capture/capture.js';
import type { Model } from '../../src/ui/model/model.js';
import { LedgerPane } from '../../src/ui/panes/ledger.js';
import { Theme } from '../../src/ui/theme/theme.js';
import { noCounters } from '../support/fake-recorder.js';

function shown(noSocket: number): string[] {
  const kernel = { ...noCounters(), no_socket: noSocket };
  const rates = { ledger: { kernel, egress: null, lost: noLosses() }, rxLosses: [], captured: 0, overwritten: 0 };
  const pane = new LedgerPane({ source: { kind: 'live' }, rates } as unknown as Model, Theme.of({ NO_COLOR: '1' }));
  return pane.lines({ width: 42, height: 30, boxed: true }, false);
}

it('shows frames that found no socket beside the losses, though the host got them', () => {
  const lines = shown(1234);
  expect(lines[0]).toMatch(/nothing lost/);
  expect(lines[5]).toMatch(/not diverted: no socket \S+ +1,234/);
  expect(shown(0).join()).not.toContain('no socket');
});
