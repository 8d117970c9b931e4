// IP addresses as text.
#ifndef QUIC_TOP_ADDRESS_TEXT_H
#define QUIC_TOP_ADDRESS_TEXT_H

#include <cstdint>

// The longest: eight groups of four digits.
constexpr int kLongestAddress = 39;

// Write an address in network byte order to `out`, without a NUL; return the end. IPv6 is in the form of RFC
// 5952.
char* write_ipv4(const uint8_t address[4], char* out);
char* write_ipv6(const uint8_t address[16], char* out);

#endif
