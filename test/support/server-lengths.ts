// How long connection IDs are at a server, as the programs are told it.
import { ENDPOINT } from '../../src/core/native/abi.gen.js';
import { ipv4Address, ipv6Address, SERVER } from './packets.js';

/** The endpoints that frames go to when nothing else is said. */
export const SERVERS: readonly Uint8Array[] = [
  endpoint(4, ipv4Address(SERVER.ipv4)),
  endpoint(6, ipv6Address(SERVER.ipv6)),
];

function endpoint(version: number, address: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(ENDPOINT.SIZE);
  bytes.set(address, ENDPOINT.address);
  new DataView(bytes.buffer).setUint16(ENDPOINT.port, SERVER.port, true);
  bytes[ENDPOINT.ip_version] = version;
  return bytes;
}

/** That their CIDs have so many bytes; several: they vary. */
export const serverLengths = (...lengths: number[]) => ({
  serverLengths: SERVERS.map((server) => ({ server, lengths })),
});
