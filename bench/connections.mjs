// What does it cost to follow connections: first packets from a million addresses, and packets of connections that are
// known? Needs no root.
import { bundle } from './lib/bundle.mjs';

const { measure } = await bundle('connections.ts');

for (let round = 0; round < 4; round++) {
  const { first, next, report, heap } = measure(1_000_000);
  const memory = `${(heap / 2 ** 20).toFixed(0)} MiB`;
  console.log(
    `first packets ${first.toFixed(0)} ns, others ${next.toFixed(0)} ns; a report ${report.toFixed(1)} ms; ${memory}`,
  );
}
