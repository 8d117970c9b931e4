// What does the analysis thread spend on a packet that is not opened? Needs no root.
import { bundle } from './lib/bundle.mjs';

const { measure } = await bundle('analyse.ts');

for (const [name, budget] of [
  ['live capture', 3000],
  ['capture file', null],
]) {
  // The first rounds are slower: the code is not compiled yet.
  const rounds = Array.from({ length: 7 }, () => measure(budget)).sort((a, b) => a.record - b.record);
  const { record, look } = rounds[3];
  console.log(`${name}: ${record.toFixed(0)} ns a record; decodedOf ${look.toFixed(0)} ns`);
}
