// Loaded into quic-top (node --import): has each frame in its flight recorder compared with what the generator sent, while
// that is written (native/frame_checker.h). Of a live capture in a thread of its own, of a capture file after each part.
// QUIC_TOP_CHECK_FRAMES is JSON: `result`, the file that is to say at the end what was found, and what was sent.
import { openSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isMainThread } from 'node:worker_threads';
import { tool } from './flood.mjs';

const { result, ...sent } = JSON.parse(process.env.QUIC_TOP_CHECK_FRAMES ?? '{}');

/**
 * Makes `Native`, a class of the addon that is given the recorder's memory, tell when it has written to that.
 * @param {any} Native
 * @param {any} FrameChecker
 * @param {number} file for the result
 */
function withChecker(Native, FrameChecker, file) {
  return class extends Native {
    /** @param {object} options @param {Uint8Array} memory */
    constructor(options, memory) {
      super(options, memory);
      this.memory = memory;
    }

    /** Whoever has laid out the recorder, or is about to write to it for the first time, starts to check it. */
    get checker() {
      this.made ??= new FrameChecker(this.memory, sent);
      return this.made;
    }

    start() {
      this.checker.start();
      super.start();
    }

    stop() {
      super.stop();
      this.tell();
    }

    /** @param {unknown[]} args */
    async readAhead(...args) {
      const more = await super.readAhead(...args);
      this.checker.check();
      if (!more) this.tell();
      return more;
    }

    tell() {
      if (!this.told) writeSync(file, JSON.stringify(this.checker.stop()));
      this.told = true;
    }
  };
}

if (isMainThread && result) {
  // While it may still be opened: quic-top becomes somebody else.
  const file = openSync(result, 'w');
  const { FrameChecker } = createRequire(import.meta.url)(tool('frame_checker.node'));
  const load = process.dlopen;
  process.dlopen = (module, ...rest) => {
    load.call(process, module, ...rest);
    const { exports } = /** @type {{exports: any}} */ (module);
    for (const name of ['CaptureSession', 'CaptureFile'])
      if (exports[name]) exports[name] = withChecker(exports[name], FrameChecker, file);
  };
}
