import { spawn } from 'node:child_process';
import { exitStatus } from './exit-status.mjs';

/** A running program whose output is collected. It does not share our terminal's Ctrl-C: it is ended by `stop`. */
export class Program {
  stdout = '';
  stderr = '';
  /** The exit status, in the shell's way: 128 + the number of the signal that ended it. */
  status = /** @type {number | undefined} */ (undefined);

  /**
   * @param {readonly string[]} command
   * @param {{env?: Record<string, string>, cwd?: string}} [options] env: added to this process's
   */
  constructor([program, ...args], { env = {}, cwd } = {}) {
    this.child = spawn(/** @type {string} */ (program), args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    for (const stream of /** @type {const} */ (['stdout', 'stderr'])) {
      this.child[stream].setEncoding('utf8').on('data', (text) => {
        this[stream] += text;
      });
    }
    /** @type {Promise<number>} its exit status, when all its output is here */
    this.ended = new Promise((resolve, reject) => {
      this.child.on('error', reject);
      this.child.on('close', (code, signal) => {
        this.status = exitStatus(code, signal);
        resolve(this.status);
      });
    });
    this.ended.catch(() => {}); // who cares awaits it
  }

  /**
   * Resolves when it has printed something that matches; rejects, with what it said instead, when it ends or takes too
   * long.
   * @param {RegExp} pattern
   * @param {number} [milliseconds]
   */
  async printed(pattern, milliseconds = 10_000) {
    const deadline = Date.now() + milliseconds;
    while (!pattern.test(this.stdout) && !pattern.test(this.stderr)) {
      if (this.status !== undefined || Date.now() > deadline) {
        const what = this.status === undefined ? `${milliseconds} ms passed` : `it ended with ${this.status}`;
        throw new Error(`${this.child.spawnargs.join(' ')}: ${what} before it printed ${pattern}\n${this.stderr}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /**
   * Ends it, if need be by SIGKILL, and waits until it is gone.
   * @param {NodeJS.Signals} [signal]
   */
  async stop(signal = 'SIGTERM') {
    if (this.status === undefined) this.child.kill(signal);
    const killer = setTimeout(() => this.child.kill('SIGKILL'), 5000);
    try {
      return await this.ended;
    } finally {
      clearTimeout(killer);
    }
  }
}
