// JA4, the fingerprint of a TLS client (FoxIO's public specification), for QUIC: `q13d0312h3_55b375c5d22e_178839b6cec1`.
import { hash } from 'node:crypto';
import type { ClientHello } from '../../src/core/quic/client-hello.js';
import { EXTENSION, isGrease } from '../../src/core/quic/tls-names.js';

const NOTHING = '000000000000';
const VERSIONS: Record<number, string> = {
  772: '13',
  771: '12',
  770: '11',
  769: '10',
  768: 's3',
  2: 's2',
};

const withoutGrease = (values: number[]) => values.filter((value) => !isGrease(value));
const hex4 = (value: number) => value.toString(16).padStart(4, '0');
const count = (values: number[]) => String(Math.min(99, values.length)).padStart(2, '0');
const hash12 = (text: string) => hash('sha256', text).slice(0, 12);

/** First and last character of the first name; of its hex digits when one of the two is no letter or digit. */
function alpnMark(names: Uint8Array[] | null): string {
  const name = Buffer.from(names?.[0] ?? []);
  if (name.length === 0) return '00';
  const text = name.toString('latin1');
  const ends = `${text.at(0)}${text.at(-1)}`;
  if (/^[0-9A-Za-z]{2}$/.test(ends)) return ends;
  const digits = name.toString('hex');
  return `${digits.at(0)}${digits.at(-1)}`;
}

/** JA4 of a ClientHello that came over QUIC. */
export function ja4(hello: ClientHello): string {
  const offered = withoutGrease(hello.supportedVersions);
  const version = offered.length > 0 ? Math.max(...offered) : hello.legacyVersion;
  const suites = withoutGrease(hello.cipherSuites);
  const extensions = withoutGrease(hello.extensions);
  const start = [
    'q',
    VERSIONS[version] ?? '00',
    extensions.includes(EXTENSION.serverName) ? 'd' : 'i',
    count(suites),
    count(extensions),
    alpnMark(hello.alpn),
  ].join('');

  const sortedSuites = suites.map(hex4).sort().join(',');
  const sortedExtensions = extensions
    .filter((type) => type !== EXTENSION.serverName && type !== EXTENSION.alpn)
    .map(hex4)
    .sort()
    .join(',');
  const algorithms = withoutGrease(hello.signatureAlgorithms).map(hex4).join(',');
  const rest = algorithms ? `${sortedExtensions}_${algorithms}` : sortedExtensions;
  return `${start}_${sortedSuites ? hash12(sortedSuites) : NOTHING}_${sortedExtensions ? hash12(rest) : NOTHING}`;
}
