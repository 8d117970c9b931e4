import { spawn } from 'node:child_process';
import { exitStatus } from './exit-status.mjs';

/** All that is waited for may take that many times as long: for machines that are emulated. */
export const PATIENCE = Number(process.env.QUIC_TOP_PATIENCE ?? 1);

/** A running program, wherever it runs, whose output is collected. */
export class RunningProgram {
  stdout = '';
  stderr = '';
  /** The exit status, in the shell's way: 128 + the number of the signal that ended it. */
  status = /** @type {number | undefined} */ (undefined);
  /** @type {Promise<number>} its exit status, when all its output is here */
  ended;
  /** How long to wait for what it should do, in milliseconds. */
  patience = 10_000;

  /** @param {readonly string[]} command */
  constructor(command) {
    this.name = command.join(' ');
    this.ended = new Promise((resolve, reject) => {
      this.end = (/** @type {number} */ status) => {
        this.status = status;
        resolve(status);
      };
      this.fail = reject;
    });
    this.ended.catch(() => {}); // who cares awaits it
  }

  /**
   * Sends it a signal.
   * @param {NodeJS.Signals} _signal
   */
  kill(_signal) {}

  /**
   * Resolves when it has printed something that matches; rejects, with what it said instead, when it ends or takes too
   * long.
   * @param {RegExp} pattern
   * @param {number} [milliseconds]
   */
  async printed(pattern, milliseconds = this.patience) {
    const deadline = Date.now() + milliseconds * PATIENCE;
    while (!pattern.test(this.stdout) && !pattern.test(this.stderr)) {
      if (this.status !== undefined || Date.now() > deadline) {
        const what = this.status === undefined ? `${milliseconds} ms passed` : `it ended with ${this.status}`;
        throw new Error(`${this.name}: ${what} before it printed ${pattern}\n${this.stderr}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /**
   * Ends it, if need be by SIGKILL, and waits until it is gone.
   * @param {NodeJS.Signals} [signal]
   */
  async stop(signal = 'SIGTERM') {
    if (this.status === undefined) this.kill(signal);
    const killer = setTimeout(() => this.kill('SIGKILL'), (this.patience * PATIENCE) / 2);
    try {
      return await this.ended;
    } finally {
      clearTimeout(killer);
    }
  }
}

/** A program on this machine. It does not share our terminal's Ctrl-C: it is ended by `stop`. */
export class Program extends RunningProgram {
  /**
   * @param {readonly string[]} command
   * @param {{env?: Record<string, string>, cwd?: string}} [options] env: added to this process's
   */
  constructor(command, { env = {}, cwd } = {}) {
    super(command);
    const [program, ...args] = command;
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
    this.child.on('error', this.fail);
    this.child.on('close', (code, signal) => this.end(exitStatus(code, signal)));
  }

  /**
   * @override
   * @param {NodeJS.Signals} signal
   */
  kill(signal) {
    this.child.kill(signal);
  }
}
