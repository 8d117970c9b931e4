// A row about what the kernel does not tell.
import { expect, it, vi } from 'vitest';
import type { WatchedInterface } from '../../../src/commands/doctor/check.js';
import { trafficChecks } from '../../../src/commands/doctor/traffic.js';
import { loadAddon } from '../../../src/core/native/addon.js';

it('warns where what stands on the interface cannot be seen', () => {
  const refusal = Object.assign(new Error('cannot ask: EPERM'), { code: 'SYSTEM', hint: 'be root' });
  vi.spyOn(loadAddon(), 'otherAddresses').mockImplementation(() => {
    throw refusal;
  });
  const watched = { link: { index: 2, master: 0 }, links: [] } as unknown as WatchedInterface;
  expect(trafficChecks.checks.find(({ name }) => name === 'stacked')?.look(watched)).toEqual({
    status: 'warning',
    text: 'what stands on it cannot be seen: cannot ask: EPERM',
  });
});
