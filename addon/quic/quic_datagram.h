// The packets of a UDP datagram: types, lengths and tokens by QUIC version (RFC 9000 section 17.2, RFC 9369),
// coalesced packets by their Length (RFC 9000 section 12.2), short headers. Nothing here opens protection.
#ifndef QUIC_TOP_QUIC_DATAGRAM_H
#define QUIC_TOP_QUIC_DATAGRAM_H

#include <array>
#include <cstdint>

#include "recorder/recorder_layout.h"

// One packet. The offset counts from the datagram's first byte. With a short header it has no version, SCID and
// token.
struct QuicPacket {
  uint16_t offset;
  uint16_t length;
  uint32_t version;
  const uint8_t* dcid;
  const uint8_t* scid;
  uint8_t dcid_length;
  uint8_t scid_length;
  uint8_t type;  // enum qt_packet_type
  uint16_t token_length;
  uint16_t issues;  // enum qt_issue
};

// Bytes of a CID that are not somewhere by chance.
constexpr uint8_t kDistinctCid = 4;

// More than any stack coalesces; a hostile datagram could hold a hundred and more.
constexpr uint32_t kMaxCoalesced = 64;

struct QuicDatagram {
  std::array<QuicPacket, kMaxCoalesced> packets;
  uint32_t count = 0;
};

// Reads the packets of a datagram of `length` bytes, of which the first `captured` are at `data`, and which
// begins with a long header. The CIDs point into it. Stops at padding and where a header cannot be read, and at
// a short header unless `with_short`: then that is the last packet. Never reads past `captured`.
void read_datagram(const uint8_t* data, uint32_t captured, uint32_t length, bool with_short, QuicDatagram* out);

// The same of a datagram that begins with a short header, whose DCID has `cid_length` bytes.
// QT_CID_LENGTH_UNKNOWN, or more than are there: it is left empty, and the packet has
// QT_ISSUE_CID_LENGTH_UNKNOWN.
void read_short_datagram(const uint8_t* data, uint32_t captured, uint32_t length, uint8_t cid_length,
                         QuicDatagram* out);

#endif
