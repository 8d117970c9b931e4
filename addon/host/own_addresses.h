// The IP addresses of this host.
#ifndef QUIC_TOP_OWN_ADDRESSES_H
#define QUIC_TOP_OWN_ADDRESSES_H

#include <string>
#include <vector>

// Those of all interfaces of this network namespace, in the form of lines/address_text.h. Throws CaptureError.
std::vector<std::string> own_addresses();

#endif
