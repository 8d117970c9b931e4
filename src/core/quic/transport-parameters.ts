// QUIC transport parameters, as the TLS extension quic_transport_parameters has them (RFC 9000 section 18).

import { addressText } from '../text/address.js';
import { versionText } from '../text/format.js';
import type { ByteReader } from './byte-reader.js';
import { hex8, nameAndCode } from './code-names.js';

/** Reads a value, from a reader that ends with it. */
type ReadValue = (value: ByteReader) => void;

const number: ReadValue = (value) => value.varint('Value');
const bytes: ReadValue = (value) => value.rest('Value');

/** RFC 9000 section 18.2. */
const preferredAddress: ReadValue = (value) => {
  value.take(4, 'IPv4 Address', addressText);
  value.u16('IPv4 Port');
  value.take(16, 'IPv6 Address', addressText);
  value.u16('IPv6 Port');
  value.take(value.u8('Connection ID Length'), 'Connection ID');
  value.take(16, 'Stateless Reset Token');
};

/** RFC 9368 section 3. */
const versions: ReadValue = (value) => {
  value.u32('Chosen Version', versionText);
  while (value.left > 0) value.u32('Available Version', versionText);
};

const PARAMETERS: Readonly<Record<number, readonly [name: string, read: ReadValue]>> = {
  0: ['original_destination_connection_id', bytes],
  1: ['max_idle_timeout', number],
  2: ['stateless_reset_token', bytes],
  3: ['max_udp_payload_size', number],
  4: ['initial_max_data', number],
  5: ['initial_max_stream_data_bidi_local', number],
  6: ['initial_max_stream_data_bidi_remote', number],
  7: ['initial_max_stream_data_uni', number],
  8: ['initial_max_streams_bidi', number],
  9: ['initial_max_streams_uni', number],
  10: ['ack_delay_exponent', number],
  11: ['max_ack_delay', number],
  12: ['disable_active_migration', bytes],
  13: ['preferred_address', preferredAddress],
  14: ['active_connection_id_limit', number],
  15: ['initial_source_connection_id', bytes],
  16: ['retry_source_connection_id', bytes],
  17: ['version_information', versions],
  32: ['max_datagram_frame_size', number], // RFC 9221
  10930: ['grease_quic_bit', bytes], // RFC 9287
  12583: ['initial_rtt', number], // Google's
  12584: ['google_connection_options', bytes],
  18258: ['google_version', bytes],
  16741339: ['version_information (draft)', versions],
  4278378010: ['min_ack_delay (draft)', number],
  4278378011: ['min_ack_delay (draft)', number],
};

/** RFC 9000 section 18.1: 27 and every 31 from there are reserved. */
const name = (id: number) => PARAMETERS[id]?.[0] ?? (id % 31 === 27 ? 'GREASE' : undefined);
const parameterId = nameAndCode(name, hex8);
const parameterName = (id: number) => `Parameter: ${name(id) ?? hex8(id)}`;

export function readTransportParameters(list: ByteReader): void {
  while (list.left > 0) {
    list.begin('Parameter');
    const id = list.varint('ID', parameterId);
    list.title(parameterName, id);
    const value = list.sub(list.varint('Length'));
    if (value.whole) (PARAMETERS[id]?.[1] ?? bytes)(value);
    value.rest('Left over');
    list.end();
  }
}
