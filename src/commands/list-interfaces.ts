// `quic-top --list-interfaces`.
import { readFileSync } from 'node:fs';
import { ANY } from '../core/host/choose-hook.js';
import { textOf } from '../core/text/bytes-text.js';
import { printable } from '../core/text/format.js';

/** Prints the interfaces of this process's network namespace, also those that are down, and the name for all of them. */
export function listInterfaces(): void {
  const names = textOf(readFileSync('/proc/net/dev')).match(/^\s*[^\s|]+(?=:)/gm) ?? [];
  process.stdout.write([...names, ANY].map((name) => `${printable(name.trim())}\n`).join(''));
}
