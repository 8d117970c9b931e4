// The extensions of a ClientHello that are read or looked for.
#ifndef QUIC_TOP_TLS_EXTENSIONS_H
#define QUIC_TOP_TLS_EXTENSIONS_H

#include <cstdint>

enum TlsExtension : uint16_t {
  kServerName = 0,                 // RFC 6066 section 3
  kSignatureAlgorithms = 13,       // RFC 8446 section 4.2.3
  kAlpn = 16,                      // RFC 7301
  kSupportedVersions = 43,         // RFC 8446 section 4.2.1
  kEncryptedClientHello = 0xfe0d,  // RFC 9849
};

#endif
