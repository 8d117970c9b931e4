#include "quic/quic_datagram.h"

#include <algorithm>
#include <cstring>

#include "quic.h"
#include "quic/byte_reader.h"

namespace {

// Reads what follows the SCID and sets type, token_length and length. `left` are the datagram's bytes from the
// packet's first one on. True: another packet may follow this one.
bool read_versioned(ByteReader* reader, const uint8_t* start, uint32_t left, QuicPacket* packet) {
  packet->length = static_cast<uint16_t>(left);
  packet->type = qt_packet_type_of(packet->version, *start);
  if (packet->type == QT_TYPE_UNKNOWN || packet->type == QT_TYPE_VERSION_NEGOTIATION) return false;
  if (packet->dcid_length > QT_CID_MAX || packet->scid_length > QT_CID_MAX)
    packet->issues |= QT_ISSUE_CID_TOO_LONG;
  if (packet->type == QT_TYPE_RETRY) {
    uint32_t header = static_cast<uint32_t>(reader->at() - start);
    if (left < header + QT_AEAD_TAG) {
      packet->issues |= QT_ISSUE_HEADER_CUT;
    } else {
      packet->token_length = static_cast<uint16_t>(left - header - QT_AEAD_TAG);
    }
    return false;
  }
  if (packet->type == QT_TYPE_INITIAL) {
    uint64_t token = reader->varint();
    if (token > left - static_cast<uint64_t>(reader->at() - start)) {
      packet->issues |= QT_ISSUE_LENGTH_BEYOND_DATAGRAM;
      return false;
    }
    packet->token_length = static_cast<uint16_t>(token);
    reader->take(token);
  }
  uint64_t payload = reader->varint();
  if (!reader->whole()) {
    packet->issues |= QT_ISSUE_HEADER_CUT;
    return false;
  }
  uint64_t length = static_cast<uint64_t>(reader->at() - start) + payload;
  if (length > left) {
    packet->issues |= QT_ISSUE_LENGTH_BEYOND_DATAGRAM;
    return false;
  }
  packet->length = static_cast<uint16_t>(length);
  return true;
}

QuicPacket short_packet(const uint8_t* data, uint32_t offset, uint32_t captured, uint32_t length,
                        uint8_t cid_length) {
  QuicPacket packet = {};
  packet.offset = static_cast<uint16_t>(offset);
  packet.length = static_cast<uint16_t>(length - offset);
  packet.type = QT_TYPE_1RTT;
  packet.dcid = data + offset + 1;
  packet.dcid_length = cid_length;
  if (captured < length) packet.issues |= QT_ISSUE_FRAME_CUT;
  return packet;
}

// A DCID that no padding looks like.
bool is_distinct(const QuicPacket& packet) {
  const uint8_t* end = packet.dcid + packet.dcid_length;
  return packet.dcid_length >= kDistinctCid &&
         std::any_of(packet.dcid, end, [](uint8_t byte) { return byte != 0; });
}

// Whether what is left behind long header packets, the first of which is `first`, is a packet with a short
// header and no padding. It has the DCID of the first packet (RFC 9000 section 12.2), and the fixed bit, unless
// its sender knows that it may clear that (RFC 9287).
bool is_coalesced_short(const QuicPacket& first, const uint8_t* start, uint32_t captured, uint32_t left) {
  uint32_t header = 1 + uint32_t{first.dcid_length};
  return first.dcid_length <= QT_CID_MAX && captured >= header && left >= header + QT_SHORT_LEAST &&
         memcmp(start + 1, first.dcid, first.dcid_length) == 0 && (*start & QT_FIXED_BIT || is_distinct(first));
}

}  // namespace

void read_short_datagram(const uint8_t* data, uint32_t captured, uint32_t length, uint8_t cid_length,
                         QuicDatagram* out) {
  bool is_here = cid_length <= QT_CID_MAX && captured > cid_length;
  out->count = 1;
  out->packets[0] = short_packet(data, 0, captured, length, is_here ? cid_length : 0);
  if (!is_here) out->packets[0].issues |= QT_ISSUE_CID_LENGTH_UNKNOWN;
}

void read_datagram(const uint8_t* data, uint32_t captured, uint32_t length, bool with_short,
                   QuicDatagram* out) {
  uint32_t offset = 0;
  bool more = true;
  out->count = 0;
  while (more && offset < captured) {
    const uint8_t* start = data + offset;
    ByteReader reader({start, captured - offset});
    bool is_long = reader.u8() & QT_LONG_FORM_BIT;
    if (!is_long && !(with_short && out->count > 0 &&
                      is_coalesced_short(out->packets[0], start, captured - offset, length - offset)))
      return;
    if (out->count == kMaxCoalesced) {
      out->packets[out->count - 1].issues |= QT_ISSUE_TOO_MANY_COALESCED;
      return;
    }
    if (!is_long) {
      uint8_t cid_length = out->packets[0].dcid_length;
      out->packets[out->count++] = short_packet(data, offset, captured, length, cid_length);
      return;
    }
    QuicPacket packet = {};
    packet.offset = static_cast<uint16_t>(offset);
    packet.version = reader.u32();
    packet.dcid_length = static_cast<uint8_t>(reader.u8());
    packet.dcid = reader.take(packet.dcid_length).data;
    packet.scid_length = static_cast<uint8_t>(reader.u8());
    packet.scid = reader.take(packet.scid_length).data;
    if (!reader.whole()) return;

    more = read_versioned(&reader, start, length - offset, &packet);
    if (packet.dcid_length > QT_CID_MAX || packet.scid_length > QT_CID_MAX) packet.issues |= QT_ISSUE_CID_CUT;
    if (captured < length) packet.issues |= QT_ISSUE_FRAME_CUT;
    const QuicPacket& first = out->count > 0 ? out->packets[0] : packet;
    if (packet.dcid_length != first.dcid_length || memcmp(packet.dcid, first.dcid, first.dcid_length) != 0) {
      // Another version, too: these bytes only look like a packet.
      if (packet.version != first.version) return;
      packet.issues |= QT_ISSUE_DCID_CHANGED;
    }
    out->packets[out->count++] = packet;
    offset += packet.length;
  }
}
