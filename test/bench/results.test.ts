import { expect, it } from 'vitest';
import { README, RESULTS, readText, withHeadlines } from '../../bench/lib/report.mjs';

it('README.md shows the headlines of bench/RESULTS.md', () => {
  const readme = readText(README);
  expect(readme).toContain('| divert: loss-free rate / `tcpdump -w /dev/null` |');
  expect(readme, 'write them there: npm run bench').toBe(withHeadlines(readme, readText(RESULTS)));
});
