#include "quic/quic_datagram.h"

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

}  // namespace

void read_datagram(const uint8_t* data, uint32_t captured, uint32_t length, QuicDatagram* out) {
  uint32_t offset = 0;
  bool more = true;
  out->count = 0;
  while (more && offset < captured) {
    const uint8_t* start = data + offset;
    ByteReader reader({start, captured - offset});
    if (!(reader.u8() & QT_LONG_FORM_BIT)) return;
    if (out->count == kMaxCoalesced) {
      out->packets[out->count - 1].issues |= QT_ISSUE_TOO_MANY_COALESCED;
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
