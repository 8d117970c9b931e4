// Every key of the key table, and the mouse, on the real command with real packets.
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { KEYS } from '../../src/ui/capture/keys.js';
import { keyTitle } from '../../src/ui/key-binding.js';
import { pcap } from '../support/capture-files.js';
import { sendDatagrams } from '../support/datagrams.js';
import { PairNetwork } from '../support/lab.js';
import { type Bytes, cidv1, ethernet, filler, ipv4, longHeader, udp } from '../support/packets.js';
import { CLI } from '../support/quic-top.js';
import { bytesOf, openCapture, openFolder, openScreen, untilWhole, VIEWS } from '../support/screen.js';
import { TestTerminal } from '../support/terminal.js';

const LEFT = PairNetwork.LEFT[0] as string;
const PACKETS = 60;
/** Rows of the list beside the details at 240x50, less the one that stays. */
const PAGE = 21;

/** Packets that are told apart by their length: the first has this one, each next one byte more. */
const SHORTEST = 200;
const packets = Array.from({ length: PACKETS }, (_, i): Bytes => {
  const packet = (payload: number) =>
    longHeader({ dcid: cidv1(10 + (i % 6)), type: 'handshake', payload: filler(payload) });
  return packet(100 + SHORTEST + i - packet(100).length);
});

let network: PairNetwork;
let terminal: TestTerminal;

beforeAll(async () => {
  network = new PairNetwork();
  openFolder(network.dir);
  terminal = await openCapture(network);
  sendDatagrams(network.right, LEFT, packets);
  await terminal.until(/ 60 packets ─/);
  terminal.type('k'); // or Enter would have nothing to select
});
afterAll(() => {
  terminal.close();
  network.remove();
});

const press = (...keys: string[]) => terminal.type(keys.map(bytesOf).join(''));

/** The list with the details beside it, the newest packet followed, no filter, no message. */
beforeEach(async () => {
  // By way of what can be told from what the test before left.
  press('esc', '?');
  await terminal.until('this list of keys');
  press('x', '1', 'f', 'enter');
  await isFocused('Details');
  press('esc');
  await isFocused('Packets');
  await terminal.until(/─ 60 packets ─/);
});

/** Which packet the selected row is, counted from 0, or -1. */
function number(): number {
  const length = /(\d+) *│$/.exec(/^│ \d\d:.*│$/.exec(terminal.selected())?.[0] ?? '')?.[1];
  return length === undefined ? -1 : Number(length) - SHORTEST;
}
const isNumber = (expected: number) => terminal.until(() => number() === expected);

/** The title of the pane that has the keys, by the colour of its frame. */
const focused = () => {
  const shown = ['Packets', 'Details', 'Frame'].filter((title) => terminal.text.includes(`─ ${title}`));
  return shown.find((title) => terminal.colorOf(`─ ${title}`) === 67) ?? 'none of them';
};
const isFocused = (title: string) => terminal.until(() => focused() === title);

const files = () => readdirSync(network.dir).filter((name) => name.endsWith('.pcapng'));

const TABS = ['Packets', 'CIDs', 'Backends', 'Queues', 'Charts'];

/** Presses the key that stands first, after what `before` did; tells that it did what it is for. */
type Case = (key: string) => Promise<void>;

const view = (index: number): Case => {
  return async (key) => {
    press(index === 0 ? '2' : '1', key);
    await terminal.until(VIEWS[index]?.[1] as RegExp);
    for (const [i, [, title]] of VIEWS.entries()) if (i !== index) expect(terminal.text).not.toMatch(title);
    expect(terminal.backgroundOf(`${key} ${TABS[index]}`)).toBe(24);
  };
};
/** @param before brings the selection to packet `from` */
const moves = (before: string[], from: number, by: number): Case => {
  return async (key) => {
    press(...before);
    await terminal.until(() => number() === from && terminal.text.includes(` ${from + 1} of 60 packets ─`));
    press(key);
    await isNumber(Math.max(0, Math.min(from + by, PACKETS - 1)));
  };
};
const pauses: Case = async (key) => {
  press(key);
  await terminal.until('‖ paused +0');
  expect(terminal.colorOf('‖ paused')).toBe(221);
  press(key);
  await terminal.until('● live');
};

const CASES: Record<string, Case> = {
  ...Object.fromEntries(VIEWS.map((_, i) => [String(i + 1), view(i)])),
  '/': async (key) => {
    press(key, '1', '5');
    await terminal.until(/^ \/ 15/m);
    press('esc');
    await terminal.until('? help  q quit');
    expect(terminal.text).toMatch(/ 60 packets ─/);
  },
  d: async (key) => {
    press('k', key);
    await terminal.until(/filter: dcid == 0133000e44454647 {2}10 match/);
    await isNumber(58);
  },
  b: async (key) => {
    press(key);
    await terminal.until(/filter: backend == 15 {2}10 match/);
    press('k');
    await isNumber(53);
  },
  x: async (key) => {
    press('b');
    await terminal.until(/ 10 match ─/);
    press(key);
    await terminal.until(/ 60 packets ─/);
    expect(terminal.text).not.toContain('filter:');
  },
  space: pauses,
  p: pauses,
  e: async (key) => {
    const before = files().length;
    press(key);
    await terminal.until('60 frames saved to');
    expect(files()).toHaveLength(before + 1);
  },
  w: async (key) => {
    press(key, ...'mine.pcapng');
    await terminal.until('save as mine.pcapng');
    press('enter');
    await terminal.until(/60 frames saved to .*\/mine\.pcapng/);
    expect(files()).toContain('mine.pcapng');
  },
  enter: async (key) => {
    press('esc');
    await terminal.until(() => !terminal.text.includes('─ Details ─'));
    press(key);
    await terminal.until('─ Details ─');
    await isFocused('Details');
  },
  esc: async (key) => {
    press('?');
    await terminal.until('this list of keys');
    press(key);
    await terminal.until('SOURCE');
    press('tab');
    await isFocused('Details');
    press(key);
    await isFocused('Packets');
    press(key);
    await terminal.until(() => !terminal.text.includes('─ Details ─'));
  },
  tab: async (key) => {
    for (const pane of ['Details', 'Frame', 'Packets']) {
      press(key);
      await isFocused(pane);
    }
  },
  'shift+tab': async (key) => {
    for (const pane of ['Frame', 'Details', 'Packets']) {
      press(key);
      await isFocused(pane);
    }
  },
  j: moves(['k', 'k'], 57, 1),
  down: moves(['k', 'k'], 57, 1),
  k: moves(['k'], 58, -1),
  up: moves(['k'], 58, -1),
  left: async (key) => {
    press('tab', 'g', 'right');
    await terminal.until(/▾ Frame/);
    press(key);
    await terminal.until(/▸ Frame/);
    // In the bytes: from the last field to the one before.
    press('tab', 'end');
    await terminal.until(/─ 63-300 ─╮/);
    press(key);
    await terminal.until(/─ 61-62 ─╮/);
  },
  right: async (key) => {
    press('tab', 'g', 'left', key);
    await terminal.until(/▾ Frame/);
    press('left', 'tab', 'home');
    await terminal.until('─ 0-5 ─╮');
    press(key);
    await terminal.until('─ 6-11 ─╮');
  },
  pgdn: moves(['g'], 0, PAGE),
  'ctrl+f': moves(['g'], 0, PAGE),
  pgup: moves(['k'], 58, -PAGE),
  'ctrl+b': moves(['k'], 58, -PAGE),
  g: moves(['k'], 58, -PACKETS),
  home: moves(['k'], 58, -PACKETS),
  G: moves(['g'], 0, PACKETS),
  end: moves(['g'], 0, PACKETS),
  f: async (key) => {
    press('k', 'k');
    await terminal.until(/ 58 of 60 packets ─/);
    press(key);
    await terminal.until(/─ 60 packets ─/);
    await isNumber(PACKETS - 1);
  },
  v: async (key) => {
    press('2');
    await terminal.until(/ 6 CIDs ─/);
    press(key);
    await terminal.until(/^╭─ Bytes of the connection IDs that servers chose ─/m);
    press(key);
    await terminal.until(/ 6 CIDs ─/);
  },
  s: async (key) => {
    press(key);
    await terminal.until(/ 60 packets sorted, not live ─/);
    expect(terminal.text).toContain('SOURCE▲');
    press(key);
    await terminal.until('DESTINATION▲');
  },
  S: async (key) => {
    // The columns before LEN.
    for (const title of ['SOURCE▲', 'DESTINATION▲', 'TYPE▲', 'VE▲', 'DCID▲', 'BACKEN▼', 'Q▼', 'LEN▼']) {
      press('s');
      await terminal.until(title);
    }
    await isNumber(PACKETS - 1);
    press(key);
    await terminal.until('LEN▲');
    await isNumber(0);
  },
  m: async (key) => {
    press(key);
    await terminal.until('Tap? The host gets every packet');
    press('n');
    await terminal.until('? help  q quit');
    expect(terminal.line(0)).toContain('divert  native');
    for (const [mode, other] of [
      ['tap', 'divert'],
      ['divert', 'tap'],
    ]) {
      press(key, 'y');
      await terminal.until(`the mode is ${mode} now`);
      await terminal.until(() => terminal.line(0).includes(` ${mode} `) && !terminal.line(0).includes(` ${other} `));
    }
  },
  '?': async (key) => {
    press(key);
    for (const { title } of KEYS) await terminal.until(title);
    press(key);
    await terminal.until('SOURCE');
  },
  q: ends,
  'ctrl+c': ends,
  'ctrl+z': async (key) => {
    const shell = ['bash', '-mc', '"$@"; echo stopped; read -r line; fg', 'bash'];
    const command = network.right.command([process.execPath, CLI, 'right', '--mode', 'tap']);
    const own = new TestTerminal([...shell, ...command], 120, 30, { COLORTERM: 'truecolor' });
    try {
      await own.until('● live');
      own.type(bytesOf(key));
      await own.until(() => !own.isAlternate && own.text.includes('stopped'));
      expect(own.modes).toEqual({ alternate: false, cursorShown: true, mouse: 'none', paste: false, wraps: true });
      sendDatagrams(network.left, PairNetwork.RIGHT[0] as string, packets);
      own.type('\n');
      await own.until(() => own.isAlternate && / 60 packets ─/.test(own.text));
      own.type('q');
      await own.ended();
      expect(own.text).toContain('settings kept, status 0');
    } finally {
      own.close();
    }
  },
};

async function ends(key: string): Promise<void> {
  const own = openScreen(['right', '--mode', 'tap'], { columns: 120, rows: 30 }, network.right);
  await own.until('● live');
  own.type(bytesOf(key));
  await own.ended();
  expect(own.text).toContain('settings kept, status 0');
}

describe('each key', () => {
  const all = KEYS.flatMap(({ keys }) => keys);

  it('has a test here', () => {
    expect(Object.keys(CASES).sort()).toEqual([...all].sort());
  });

  it.each(all)('%s', (key) => (CASES[key] as Case)(key));
});

describe('the mouse', () => {
  it('the wheel scrolls the pane below the pointer', async () => {
    press('k');
    await isNumber(58);
    terminal.wheel('up', 20, 10);
    await isNumber(55);
    terminal.wheel('down', 20, 10);
    await isNumber(58);
    press('tab', 'g', 'esc');
    await terminal.until(() => focused() === 'Packets' && /[▸▾] Frame/.test(terminal.selected(true)));
    terminal.wheel('down', 10, 40);
    await terminal.until(() => /^│ +\S/.test(terminal.selected(true)) && !terminal.selected(true).includes(' Frame '));
    expect(number()).toBe(58);
  });

  it('a click selects a row, and gives its pane the keys', async () => {
    press('tab');
    await isFocused('Details');
    const { y } = terminal.find(` ${SHORTEST + 50} `);
    terminal.click(30, y);
    await isNumber(50);
    expect(focused()).toBe('Packets');
  });

  it('a click on a tab shows its view, and on a row there selects it', async () => {
    for (const [i, name] of TABS.entries()) {
      const { x, y } = terminal.find(`${i + 1} ${name}`);
      terminal.click(x + 3, y);
      await terminal.until(VIEWS[i]?.[1] as RegExp);
    }
    press('2');
    await terminal.until(/ 6 CIDs ─/);
    const { x, y } = terminal.find('01 33 000c');
    terminal.click(x, y);
    await terminal.until(() => terminal.selected().includes('01 33 000c'));
    press('enter');
    await terminal.until(/filter: dcid == 0133000c44454647 {2}10 match/);
  });

  it('a click on a column title sorts, and again the other way', async () => {
    const { x, y } = terminal.find('LEN');
    terminal.click(x, y);
    await terminal.until('LEN▼');
    await isNumber(PACKETS - 1);
    terminal.click(x, y);
    await terminal.until('LEN▲');
    await isNumber(0);
    terminal.click(terminal.find('TIME UTC').x, y);
    await terminal.until(/─ 60 packets ─/);
    press('3');
    await terminal.until(/RATE▼/);
    const title = terminal.find('BACKEND ');
    terminal.click(title.x, title.y);
    await terminal.until(/BACKEND▲/);
  });

  it('a click on a hint at the bottom is its key', async () => {
    const click = (text: string) => {
      const { x, y } = terminal.find(text);
      expect(y).toBe(49);
      terminal.click(x, y);
    };
    click('this backend');
    await terminal.until(/ 10 match ─/);
    click('x clear');
    await terminal.until(/ 60 packets ─/);
    click('space pause');
    await terminal.until('‖ paused');
    click('space pause');
    await terminal.until('● live');
    click('? help');
    await terminal.until('this list of keys');
  });

  it('a click on a field shows its bytes, and on a byte its field', async () => {
    press('tab', 'g', 'left', 'j', 'left', 'g', 'esc');
    await terminal.until(() => focused() === 'Packets' && terminal.text.includes('▸ Ethernet'));
    const { y } = terminal.find('▸ Ethernet');
    terminal.click(10, y);
    await terminal.until('─ 0-13 ─╮');
    expect(terminal.backgroundOf(bytesAt(0))).toBe(24);
    terminal.click(10, y);
    await terminal.until('▾ Ethernet');
    // The version's first byte, behind Ethernet, IPv4, UDP and the first byte.
    const offset = 14 + 20 + 8 + 1;
    const line = terminal.lines.findIndex((text) => / 0020 {2}/.test(text));
    terminal.click(terminal.line(line).indexOf(' 0020  ') + 7 + 3 * (offset - 32) + 1, line);
    await terminal.until(`─ ${offset}-${offset + 3} ─╮`);
    expect(terminal.backgroundOf('    Version: v1')).toBe(235);
  });
});

/** The bytes of a line of the hex pane, from a place on. */
const bytesAt = (offset: number) =>
  new RegExp(` ${offset.toString(16).padStart(4, '0')} {2}((?:[0-9a-f]{2} ){8})`).exec(terminal.text)?.[1] ?? '';

describe('in every view', () => {
  /** What comes from a file stands still: whatever changes is the key's doing. */
  const openStill = async () => {
    const path = join(network.dir, 'still.pcap');
    const frames = packets.map((packet, i) => ({
      time: BigInt(i) * 1_000_000n,
      bytes: ethernet(ipv4(udp(packet))),
    }));
    writeFileSync(path, pcap(frames));
    const still = openScreen(['-r', path, '--export-dir', network.dir], { columns: 80, rows: 24 });
    await still.until(/● read.* 60 packets ─/s);
    return still;
  };
  /** The screen, when it does not change any more. */
  const settled = async (still: TestTerminal): Promise<string> => {
    for (let picture = ''; ; ) {
      if (picture === still.picture) return picture;
      picture = still.picture;
      await sleep(25);
    }
  };
  const ENDING = ['q', 'ctrl+c', 'ctrl+z'];

  it.each(VIEWS.map(([id, title], i) => ({ id, title, digit: String(i + 1) })))(
    '$id: each key does something, or says why not',
    async ({ title, digit }) => {
      const still = await openStill();
      try {
        const all = KEYS.flatMap(({ keys }) => keys).filter((key) => !ENDING.includes(key) && key !== digit);
        for (const key of all) {
          // A row in the middle, with rows above and below it; no filter, no help, no details. For Esc there is a help.
          still.type('\x1b\x1b1x?');
          await still.until('─ Keys ─');
          still.type(`${digit}gjj`);
          await still.until(() => title.test(still.text) && !still.text.includes('─ Keys ─'));
          if (key === 'esc') still.type('?');
          const before = await settled(still);
          still.type(bytesOf(key));
          const refusal = `${keyTitle(key)}: `;
          await still.until(() => still.picture !== before || still.text.includes(refusal), `${key} does something`);
          await untilWhole(still);
          if (key === 'space' || key === 'p') still.type(bytesOf(key));
        }
      } finally {
        still.close();
      }
    },
  );
});
