// The XDP program as README has it loaded by hand: with clang, bpftool and ip.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Namespace } from './lab.js';

/** The program, pinned beside its maps. */
export interface PinnedProgram {
  /** The folder of the pins. */
  pins: string;
  attach(host: Namespace, interfaceName: string): void;
  /** Takes the pins away; where it is attached the program stays. */
  unpin(): void;
}

/**
 * Compiles the program, with these flags besides README's, and loads it.
 * @throws Error with what the tool that failed printed
 */
export function loadByHand(flags: readonly string[] = []): PinnedProgram {
  const folder = mkdtempSync(join(tmpdir(), 'quic-top-'));
  const pins = mkdtempSync('/sys/fs/bpf/quic-top-test-');
  const unpin = () => rmSync(pins, { recursive: true, force: true });
  try {
    const object = join(folder, 'xdp_filter.o');
    const machine = execFileSync('uname', ['-m'], { encoding: 'utf8' }).trim();
    const usual = ['-O2', '-g', '-target', 'bpf', `-I/usr/include/${machine}-linux-gnu`];
    execFileSync('clang', [...usual, ...flags, '-c', 'xdp/xdp_filter.c', '-o', object]);
    execFileSync('bpftool', ['prog', 'load', object, `${pins}/xdp_prog`, 'type', 'xdp', 'pinmaps', pins]);
  } catch (error) {
    unpin();
    throw error;
  } finally {
    rmSync(folder, { recursive: true });
  }
  return {
    pins,
    attach: (host, name) => void host.run(['ip', 'link', 'set', 'dev', name, 'xdp', 'pinned', `${pins}/xdp_prog`]),
    unpin,
  };
}
