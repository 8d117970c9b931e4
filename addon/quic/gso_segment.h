// One segment of a GSO super-frame, made the frame that it is on the wire.
#ifndef QUIC_TOP_GSO_SEGMENT_H
#define QUIC_TOP_GSO_SEGMENT_H

#include <cstdint>

#include "quic_top_abi.h"

// The headers at `frame` are those of the super-frame: writes the segment's own lengths and, for IPv4, its
// identification and header checksum (RFC 791) into the first `captured` bytes. The UDP checksum is left to the
// device that sends it, as in every frame that is seen before it.
void finish_segment(const qt_metadata& metadata, uint8_t* frame, uint32_t captured);

#endif
