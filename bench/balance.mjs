// What is offered, what is captured, what is lost and why: at 200,000 frames a second, at the generator's most, and at
// twice what quic-top can take.
import { flood, sum } from './lib/flood.mjs';
import { readSeconds } from './lib/options.mjs';

const seconds = readSeconds(10);
const runs = [
  { name: '200,000 frames/s', generator: { rate: 200_000 } },
  { name: 'maximum', generator: {} },
  { name: 'maximum, quic-top stopped half of the time', generator: {}, starve: true },
];

let balanced = true;
for (const { name, generator, starve = false } of runs) {
  const { sent, summary } = await flood({ generator: { ...generator, duration: seconds }, starve });
  const { kernel, captured, lost } = summary;
  balanced &&= summary.balanced;
  const perSecond = (count) => Math.round(count / sent.seconds).toLocaleString('en');
  const causes = Object.entries(lost).filter(([, count]) => count > 0);
  console.log(`${name}: ${perSecond(kernel.redirected + kernel.tapped)}/s offered, ${perSecond(captured)}/s captured`);
  console.log(`  offered ${kernel.redirected + kernel.tapped}  captured ${captured}  lost ${sum(lost)}`);
  for (const [cause, count] of causes) console.log(`  lost by ${cause}: ${count}`);
  console.log(`  balanced ${summary.balanced}`);
}
process.exitCode = balanced ? 0 : 1;
