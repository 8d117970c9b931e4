// Names of TLS code points, as IANA's registries have them: those that QUIC endpoints send.
import { hex8, hex16, type Names, nameAndCode } from './code-names.js';

/** RFC 8701: 0x0a0a, 0x1a1a and so on. */
export const isGrease = (value: number) => (value & 0x0f0f) === 0x0a0a && value >>> 8 === (value & 0xff);

const named = (names: Names) => (value: number) => (isGrease(value) ? 'GREASE' : names[value]);

export const HANDSHAKE = { clientHello: 1, serverHello: 2 } as const;
const HANDSHAKES: Names = {
  [HANDSHAKE.clientHello]: 'ClientHello',
  [HANDSHAKE.serverHello]: 'ServerHello',
  4: 'NewSessionTicket',
  8: 'EncryptedExtensions',
  11: 'Certificate',
  13: 'CertificateRequest',
  15: 'CertificateVerify',
  20: 'Finished',
  24: 'KeyUpdate',
};
export const handshakeType = nameAndCode((type) => HANDSHAKES[type], hex8);
export const handshakeName = (type: number) => `TLS ${HANDSHAKES[type] ?? `handshake message ${type}`}`;

export const tlsVersion = nameAndCode(
  named({ 768: 'SSL 3.0', 769: 'TLS 1.0', 770: 'TLS 1.1', 771: 'TLS 1.2', 772: 'TLS 1.3' }),
  hex16,
);

export const cipherSuite = nameAndCode(
  named({
    5: 'TLS_RSA_WITH_RC4_128_SHA',
    10: 'TLS_RSA_WITH_3DES_EDE_CBC_SHA',
    47: 'TLS_RSA_WITH_AES_128_CBC_SHA',
    53: 'TLS_RSA_WITH_AES_256_CBC_SHA',
    156: 'TLS_RSA_WITH_AES_128_GCM_SHA256',
    157: 'TLS_RSA_WITH_AES_256_GCM_SHA384',
    255: 'TLS_EMPTY_RENEGOTIATION_INFO_SCSV',
    4865: 'TLS_AES_128_GCM_SHA256',
    4866: 'TLS_AES_256_GCM_SHA384',
    4867: 'TLS_CHACHA20_POLY1305_SHA256',
    4868: 'TLS_AES_128_CCM_SHA256',
    4869: 'TLS_AES_128_CCM_8_SHA256',
    22016: 'TLS_FALLBACK_SCSV',
    49161: 'TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA',
    49162: 'TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA',
    49171: 'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA',
    49172: 'TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA',
    49195: 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
    49196: 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
    49199: 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
    49200: 'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
    52392: 'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256',
    52393: 'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256',
  }),
  hex16,
);

/** Those that something is read from. */
export const EXTENSION = {
  serverName: 0,
  supportedGroups: 10,
  signatureAlgorithms: 13,
  alpn: 16,
  supportedVersions: 43,
  pskKeyExchangeModes: 45,
  keyShare: 51,
  quicTransportParameters: 57,
  encryptedClientHello: 0xfe0d,
  quicTransportParametersDraft: 0xffa5,
} as const;
const extension = named({
  [EXTENSION.serverName]: 'server_name',
  1: 'max_fragment_length',
  5: 'status_request',
  [EXTENSION.supportedGroups]: 'supported_groups',
  11: 'ec_point_formats',
  [EXTENSION.signatureAlgorithms]: 'signature_algorithms',
  [EXTENSION.alpn]: 'application_layer_protocol_negotiation',
  18: 'signed_certificate_timestamp',
  21: 'padding',
  22: 'encrypt_then_mac',
  23: 'extended_master_secret',
  27: 'compress_certificate',
  28: 'record_size_limit',
  34: 'delegated_credential',
  35: 'session_ticket',
  41: 'pre_shared_key',
  42: 'early_data',
  [EXTENSION.supportedVersions]: 'supported_versions',
  44: 'cookie',
  [EXTENSION.pskKeyExchangeModes]: 'psk_key_exchange_modes',
  47: 'certificate_authorities',
  49: 'post_handshake_auth',
  50: 'signature_algorithms_cert',
  [EXTENSION.keyShare]: 'key_share',
  [EXTENSION.quicTransportParameters]: 'quic_transport_parameters',
  17513: 'application_settings',
  17613: 'application_settings',
  [EXTENSION.encryptedClientHello]: 'encrypted_client_hello',
  65281: 'renegotiation_info',
  [EXTENSION.quicTransportParametersDraft]: 'quic_transport_parameters (draft)',
});
export const extensionType = nameAndCode(extension, hex16);
export const extensionName = (type: number) => `Extension: ${extension(type) ?? extensionType(type)}`;

export const group = nameAndCode(
  named({
    23: 'secp256r1',
    24: 'secp384r1',
    25: 'secp521r1',
    29: 'x25519',
    30: 'x448',
    256: 'ffdhe2048',
    257: 'ffdhe3072',
    258: 'ffdhe4096',
    512: 'MLKEM512',
    513: 'MLKEM768',
    514: 'MLKEM1024',
    4587: 'SecP256r1MLKEM768',
    4588: 'X25519MLKEM768',
    4589: 'SecP384r1MLKEM1024',
    25497: 'X25519Kyber768Draft00',
  }),
  hex16,
);

export const signatureAlgorithm = nameAndCode(
  named({
    513: 'rsa_pkcs1_sha1',
    515: 'ecdsa_sha1',
    1025: 'rsa_pkcs1_sha256',
    1027: 'ecdsa_secp256r1_sha256',
    1281: 'rsa_pkcs1_sha384',
    1283: 'ecdsa_secp384r1_sha384',
    1537: 'rsa_pkcs1_sha512',
    1539: 'ecdsa_secp521r1_sha512',
    2052: 'rsa_pss_rsae_sha256',
    2053: 'rsa_pss_rsae_sha384',
    2054: 'rsa_pss_rsae_sha512',
    2055: 'ed25519',
    2056: 'ed448',
    2057: 'rsa_pss_pss_sha256',
    2058: 'rsa_pss_pss_sha384',
    2059: 'rsa_pss_pss_sha512',
  }),
  hex16,
);

export const pskMode = nameAndCode((mode) => ['psk_ke', 'psk_dhe_ke'][mode], hex8);

const ALERTS: Names = {
  0: 'close_notify',
  10: 'unexpected_message',
  20: 'bad_record_mac',
  22: 'record_overflow',
  40: 'handshake_failure',
  42: 'bad_certificate',
  43: 'unsupported_certificate',
  44: 'certificate_revoked',
  45: 'certificate_expired',
  46: 'certificate_unknown',
  47: 'illegal_parameter',
  48: 'unknown_ca',
  49: 'access_denied',
  50: 'decode_error',
  51: 'decrypt_error',
  70: 'protocol_version',
  71: 'insufficient_security',
  80: 'internal_error',
  86: 'inappropriate_fallback',
  90: 'user_canceled',
  109: 'missing_extension',
  110: 'unsupported_extension',
  112: 'unrecognized_name',
  113: 'bad_certificate_status_response',
  115: 'unknown_psk_identity',
  116: 'certificate_required',
  120: 'no_application_protocol',
  121: 'ech_required',
};
export const alertName = (alert: number) => ALERTS[alert] ?? `alert ${alert}`;
