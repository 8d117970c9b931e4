// JA4, the fingerprint of a TLS client (FoxIO's public specification), for QUIC:
// `q13d0312h3_55b375c5d22e_178839b6cec1`.
#ifndef QUIC_TOP_JA4_H
#define QUIC_TOP_JA4_H

#include <string>

#include "quic/client_hello.h"

// JA4 of a ClientHello that came over QUIC.
std::string ja4(const ClientHello& hello);

#endif
