// What does a filter cost for each packet? Needs no root.
import { bundle } from './lib/bundle.mjs';

const { measure } = await bundle('filter.ts');

for (const filter of [
  'backend == 17',
  '0133',
  'dcid == 01330011aabbccdd',
  'dcid ~ 0011',
  'src == 10.0.0.0/8',
  'port in {443, 8000..8100}',
  'backend in {1, 5, 10..20} and type == initial and not src == 10.0.3.0/24',
  'sni ~ example',
  'type == initial and sni ~ example',
]) {
  // The first rounds are slower: the code is not compiled yet.
  const rounds = Array.from({ length: 7 }, () => measure(filter)).sort((a, b) => a.search - b.search);
  const { filter: alone, search } = rounds[3];
  console.log(
    `${alone.toFixed(1).padStart(6)} ns a packet, ${search.toFixed(0).padStart(4)} ns with its search: ${filter}`,
  );
}
