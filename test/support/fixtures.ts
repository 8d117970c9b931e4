// Files of test/fixtures.
import { readFileSync } from 'node:fs';

export const readFixture = (name: string): Buffer => readFileSync(new URL(`../fixtures/${name}`, import.meta.url));

/** The client Initial of RFC 9001 appendix A.2, whose ClientHello asks for example.com. */
export function rfcInitial(): Uint8Array {
  const text = readFixture('rfc-vectors.json').toString();
  const { vectors } = JSON.parse(text) as { vectors: { client_initial: { packet: string } }[] };
  return Uint8Array.from(Buffer.from((vectors[0] as (typeof vectors)[0]).client_initial.packet, 'hex'));
}
