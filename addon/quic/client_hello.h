// The TLS ClientHello (RFC 8446 section 4.1.2), as far as it says what a client wants and who it is.
// src/core/quic/client-hello.ts reads the same for the field tree; test/core/quic/any-bytes.test.ts compares
// them.
#ifndef QUIC_TOP_CLIENT_HELLO_H
#define QUIC_TOP_CLIENT_HELLO_H

#include <optional>
#include <vector>

#include "quic/byte_reader.h"

// All point into the message. Names are bytes: nobody has checked what they hold. Lists are in the order of the
// wire, GREASE included.
struct ClientHello {
  uint16_t legacy_version = 0;
  std::vector<uint16_t> cipher_suites;
  std::vector<uint16_t> extensions;
  std::optional<Bytes> sni;
  std::optional<std::vector<Bytes>> alpn;  // none without the extension
  size_t alpn_more = 0;                    // names that keep_names() took away
  std::vector<uint16_t> signature_algorithms;
  std::vector<uint16_t> supported_versions;
  bool ech = false;        // it has the encrypted_client_hello extension: then `sni` is the outer name
  bool malformed = false;  // something in it was cut or left over; the fields are what could be read
};

// Reads a ClientHello without its handshake header.
ClientHello read_client_hello(Bytes message);

// Takes away what is too much to be kept, and says so in `issues` (enum qt_initial_issue): of a server name all
// but its first 255 bytes (RFC 1035 section 2.3.4), of ALPN names all but the first 16 that have 255 bytes
// together.
void keep_names(ClientHello* hello, uint32_t* issues);

#endif
