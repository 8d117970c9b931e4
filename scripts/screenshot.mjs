// Draws a terminal program's screen as SVG: the program runs in a real pseudo terminal, keys are typed, and what the
// terminal then shows is drawn.
//
//   node scripts/screenshot.mjs 160x40 "2 j j 0.5 >packets.svg '2' 1 >cids.svg" -- sudo quic-top eth0
//
// In the second argument a number waits that many seconds, `>FILE` draws, and any other word is typed: `space`, `enter`,
// `esc` and the like by name, digits in quotes.
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import xterm from '@xterm/headless';
import pty from 'node-pty';
import { drawScreen } from './screenshot-svg.mjs';

const KEYS = { space: ' ', enter: '\r', esc: '\x1b', tab: '\t', up: '\x1b[A', down: '\x1b[B', right: '\x1b[C' };

const [size, script, separator, program, ...args] = process.argv.slice(2);
const [columns, rows] = (size ?? '').split('x').map(Number);
if (!columns || !rows || separator !== '--' || !program) {
  console.error('usage: node scripts/screenshot.mjs COLUMNSxROWS "2 j 0.5 >FILE.svg" -- PROGRAM [ARGUMENTS]');
  process.exit(2);
}

// The picture shall not depend on where it is made.
const { CI, NO_COLOR, FORCE_COLOR, ...inherited } = process.env;
const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 0 });
const child = pty.spawn(program, args, {
  cols: columns,
  rows,
  name: 'xterm-256color',
  env: { ...inherited, COLORTERM: 'truecolor', LANG: 'C.UTF-8' },
});
let ended = false;
child.onExit(() => {
  ended = true;
});
child.onData((data) => terminal.write(data));

async function draw(file) {
  // Everything that was received is on the screen when an empty write has been taken in.
  await new Promise((done) => terminal.write('', done));
  writeFileSync(file, drawScreen(terminal.buffer.active, columns, rows));
}

for (const step of script.split(' ').filter(Boolean)) {
  if (/^[\d.]+$/.test(step)) await sleep(Number(step) * 1000);
  else if (step.startsWith('>')) await draw(step.slice(1));
  else child.write(KEYS[step] ?? step.replaceAll(/^'|'$/g, ''));
}
if (!ended) {
  child.kill('SIGTERM');
  await new Promise((done) => child.onExit(done));
}
process.exit(0);
