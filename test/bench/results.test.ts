import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { README, RESULTS, readText, withHeadlines } from '../../bench/lib/report.mjs';

it('README.md shows the headlines of bench/RESULTS.md, and no numbers without it', () => {
  const readme = readText(README);
  const block = /<!-- bench -->\n([\s\S]*?)<!-- \/bench -->/.exec(readme)?.[1];
  expect(block).toBeDefined();
  if (!existsSync(RESULTS)) {
    expect(block).not.toMatch(/\d/);
    return;
  }
  expect(readme).toContain('| divert: loss-free rate / `tcpdump -B 32768` |');
  expect(readme, 'write them there: npm run bench').toBe(withHeadlines(readme, readText(RESULTS)));
});
