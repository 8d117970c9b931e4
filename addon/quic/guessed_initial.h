// A packet of a version that nobody here knows, taken for an Initial of draft-29: experiments and forks often
// change no more than the number. It is a guess until the packet opens.
#ifndef QUIC_TOP_GUESSED_INITIAL_H
#define QUIC_TOP_GUESSED_INITIAL_H

#include <optional>

#include "quic/byte_reader.h"
#include "quic/version_keys.h"

struct GuessedInitial {
  const VersionKeys* version;
  uint16_t token_length;
  uint16_t length;  // of the packet; what follows it in `packet` is others'
};

// `packet` goes to the end of its datagram, since only its version says where it ends; its CIDs are as long as
// its record says. Nothing: it is no Initial of draft-29, or not all of it is there.
std::optional<GuessedInitial> guess_initial(Bytes packet, uint8_t dcid_length, uint8_t scid_length);

#endif
