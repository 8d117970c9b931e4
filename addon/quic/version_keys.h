// What sets a QUIC version's Initials and Retries apart from another's.
#ifndef QUIC_TOP_VERSION_KEYS_H
#define QUIC_TOP_VERSION_KEYS_H

#include <array>
#include <cstdint>

// Of the Retry integrity tag (RFC 9001 section 5.8).
struct RetryKeys {
  std::array<uint8_t, 16> key;
  std::array<uint8_t, 12> nonce;
};

// What stands in Initials.
enum class InitialContents {
  kTls,        // frames of RFC 9000 with TLS in them
  kGoogleTls,  // frames of Google's QUIC with TLS in them
  kGoogle,     // frames of Google's QUIC with its own handshake in them, of which nothing is read
};

struct VersionKeys {
  std::array<uint8_t, 20> salt;
  const char* prefix;      // of the labels by which keys are expanded
  const RetryKeys* retry;  // null: there is no integrity tag (before draft-25), or it was not always made alike
  InitialContents contents = InitialContents::kTls;
};

// Null for a version whose Initials nobody here can open.
const VersionKeys* version_keys(uint32_t version);

#endif
