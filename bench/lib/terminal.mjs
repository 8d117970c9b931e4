// A program in a terminal, and what it writes there.
import { setTimeout as sleep } from 'node:timers/promises';
import pty from 'node-pty';

const SIZE = { cols: 200, rows: 50 };

export class Terminal {
  output = '';
  started = performance.now();

  /** @param {readonly string[]} command */
  constructor([file, ...args]) {
    const environment = { ...process.env, COLORTERM: 'truecolor', TERM: 'xterm-256color' };
    delete environment.CI;
    delete environment.NO_COLOR;
    this.child = pty.spawn(/** @type {string} */ (file), args, { ...SIZE, name: 'xterm-256color', env: environment });
    this.child.onData((data) => {
      this.output = (this.output + data).slice(-200_000);
    });
    this.ended = new Promise((resolve) => this.child.onExit(resolve));
  }

  /** Types, and waits until the terminal was sent `text`. Milliseconds that took. @param {string} key @param {string} text */
  async press(key, text) {
    this.output = '';
    const start = performance.now();
    this.child.write(key);
    await this.shown(text);
    return performance.now() - start;
  }

  /** @param {string} text */
  async shown(text) {
    const deadline = performance.now() + 20_000;
    while (!this.output.includes(text)) {
      if (performance.now() > deadline) throw new Error(`never shown: ${text}`);
      await sleep(1);
    }
  }
}
