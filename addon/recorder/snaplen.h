// How many bytes of each frame are kept.
#ifndef QUIC_TOP_SNAPLEN_H
#define QUIC_TOP_SNAPLEN_H

#include <cstdint>

struct Snaplen {
  uint32_t initials = UINT32_MAX;  // of frames whose datagram begins with an Initial
  uint32_t others = UINT32_MAX;
};

#endif
