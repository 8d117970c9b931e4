// What comes before the IP header, by the link type of a capture file (https://www.tcpdump.org/linktypes.html).
#ifndef QUIC_TOP_LINK_LAYER_H
#define QUIC_TOP_LINK_LAYER_H

#include "file/byte_stream.h"
#include "parse.h"

bool is_known_link_type(uint32_t link_type);

// The error about a link type that is not known.
CaptureError unknown_link_type(const ByteStream& stream, uint32_t link_type);

// Moves the cursor from a frame's first byte to its IP header. `header` is the length of the link header
// without VLAN tags. False: there is none, and `fate` is the frame's.
bool parse_link(uint32_t link_type, cursor* c, qt_ethertype* ethertype, uint32_t* header, qt_counter* fate);

#endif
