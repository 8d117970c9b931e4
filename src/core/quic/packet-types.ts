// What the packet types are called. Each list is by enum qt_packet_type.
import { PACKET_TYPE } from '../native/abi.gen.js';

const TITLES: Record<keyof typeof PACKET_TYPE, string> = {
  TYPE_UNKNOWN: 'unknown version',
  TYPE_INITIAL: 'Initial',
  TYPE_0RTT: '0-RTT',
  TYPE_HANDSHAKE: 'Handshake',
  TYPE_RETRY: 'Retry',
  TYPE_VERSION_NEGOTIATION: 'Version Negotiation',
  TYPE_1RTT: '1-RTT',
};

/** Whether a version is reserved to force version negotiation (RFC 9000 section 15). */
export const isReserved = (version: number) => (version & 0x0f0f0f0f) === 0x0a0a0a0a;

/** As JSON and filters spell them. */
export const TYPE_NAMES = Object.keys(PACKET_TYPE).map((name) => name.replace('TYPE_', '').toLowerCase());

/** As a person reads them. */
export const TYPE_TITLES = Object.keys(PACKET_TYPE).map((name) => TITLES[name as keyof typeof PACKET_TYPE]);

/** The same in a narrow column. */
export const SHORT_TYPE_TITLES = TYPE_TITLES.map((title) =>
  title.replace(' version', '').replace('Version Negotiation', 'VersionNeg'),
);
