// ModeWatch: what makes auto switch from divert to tap while it runs.
import { createSocket } from 'node:dgram';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ModeChoice, type ModeOptions, ModeWatch } from '../../../src/core/host/choose-mode.js';
import { enterPrivateNetwork } from '../../support/harness.js';

const socket = createSocket('udp4');
/** In which `lo` has no address. */
beforeAll(enterPrivateNetwork);
afterAll(() => socket.close());

async function boundPort(): Promise<number> {
  await new Promise<void>((resolve) => socket.bind(0, '0.0.0.0', resolve));
  return socket.address().port;
}

const OPTIONS: ModeOptions = { interface: 'lo', mode: 'auto', hook: null, xdp: null, egress: 'auto', ports: [] };
const DIVERT: ModeChoice = { mode: 'divert', reason: 'nobody waits' };

function fakeCapture() {
  return {
    name: 'lo',
    mode: 'divert' as 'divert' | 'tap',
    programId: 0,
    setMode(mode: 'divert' | 'tap') {
      this.mode = mode;
    },
  };
}

describe('ModeWatch', () => {
  it('switches once, names the listener, and never back', async () => {
    const port = await boundPort();
    const capture = fakeCapture();
    const watch = new ModeWatch(capture, { ...OPTIONS, ports: [port] }, DIVERT);
    expect(watch.choice).toEqual(DIVERT);
    const changed = watch.check();
    expect(changed).toMatchObject({ mode: 'tap' });
    expect(changed?.reason).toMatch(new RegExp(`\\(pid ${process.pid}\\) listens on :${port}$`));
    expect(watch.choice).toEqual(changed);
    expect(watch.check()).toBeNull();
    capture.setMode('divert');
    expect(watch.check()).toBeNull();
    expect(watch.choice).toEqual({ mode: 'divert', reason: null });

    const chosen = fakeCapture();
    const options = { ...OPTIONS, mode: 'divert', ports: [port] } as const;
    expect(new ModeWatch(chosen, options, DIVERT).check()).toBeNull();
    expect(chosen.mode).toBe('divert');
  });

  it('does not switch for one look that fails, but for two in a row', () => {
    const capture = fakeCapture();
    const options = { ...OPTIONS, ports: [9] };
    const watch = new ModeWatch(capture, options, DIVERT);
    const checkOn = (name: string) => {
      capture.name = name;
      return watch.check();
    };
    expect(['gone0', 'lo', 'gone0'].map(checkOn)).toEqual([null, null, null]);
    expect(capture.mode).toBe('divert');
    expect(checkOn('gone0')).toEqual({ mode: 'tap', reason: 'what is stacked on gone0 cannot be seen' });
    expect(capture.mode).toBe('tap');
  });
});
