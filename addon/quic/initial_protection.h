// Takes the protection off Initial packets (RFC 9001 section 5, RFC 9369): whoever sees the client's first DCID
// has the keys. And checks the tag of Retry packets. The AEAD is AES-128-GCM in every version.
#ifndef QUIC_TOP_INITIAL_PROTECTION_H
#define QUIC_TOP_INITIAL_PROTECTION_H

#include <array>
#include <cstdint>

#include "quic/byte_reader.h"
#include "quic/version_keys.h"

// What one side protects its Initials with. JavaScript keeps it as bytes.
struct InitialKeys {
  std::array<uint8_t, 16> key;
  std::array<uint8_t, 12> iv;
  std::array<uint8_t, 16> hp;
};
static_assert(sizeof(InitialKeys) == 44);

enum class Side { kClient, kServer };

// RFC 9001 section 5.2. `dcid` is the client's first DCID, or the Retry's SCID once there was a Retry.
InitialKeys derive_initial_keys(const VersionKeys& version, Bytes dcid, Side side);

// Where an Initial's packet number begins, by the lengths that its record says; past the packet's end when they
// and the bytes do not agree.
size_t packet_number_offset(Bytes packet, uint8_t dcid_length, uint8_t scid_length, uint16_t token_length);

// Opens one whole packet, whose packet number begins at `number_offset`, into `out`, which has room for as many
// bytes: the header without its protection, then the frames. `largest` is the largest packet number of that
// side so far, or -1. Returns the packet number, or -1 when the packet is too short or does not authenticate;
// `out` then holds nothing of use. `out` must not overlap the packet.
int64_t open_initial(const InitialKeys& keys, Bytes packet, size_t number_offset, int64_t largest,
                     uint8_t* out);

// Where the frames of an opened packet begin; they end QT_AEAD_TAG bytes before its end.
size_t payload_offset(const uint8_t* opened, size_t number_offset);

// Whether a whole Retry packet ends with the tag that answers an Initial with this DCID (RFC 9001 section 5.8).
bool is_retry_authentic(const RetryKeys& keys, Bytes original_dcid, Bytes packet);

#endif
