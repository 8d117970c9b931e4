#include "quic/quic_datagram.h"

#include <cstring>

#include "quic.h"

namespace {

bool is_v1_like(uint32_t version) {
  uint8_t draft = version & 0xff;
  return version == QT_QUIC_V1 ||
         (version >> 8 == QT_QUIC_DRAFTS && draft >= QT_QUIC_FIRST_DRAFT && draft <= QT_QUIC_LAST_DRAFT);
}

bool is_v2_like(uint32_t version) { return version == QT_QUIC_V2 || version == QT_QUIC_V2_DRAFT; }

// A place in the captured bytes of a datagram. A read that goes past them clears `whole` and gives 0.
struct Reader {
  const uint8_t* pos;
  const uint8_t* end;
  bool whole = true;

  const uint8_t* take(uint64_t size) {
    if (!whole || size > static_cast<uint64_t>(end - pos)) {
      whole = false;
      return nullptr;
    }
    const uint8_t* taken = pos;
    pos += size;
    return taken;
  }
  uint8_t u8() {
    const uint8_t* p = take(1);
    return p ? *p : 0;
  }
  // RFC 9000 section 16.
  uint64_t varint() {
    const uint8_t* first = take(1);
    if (!first) return 0;
    uint32_t more = (1u << (*first >> 6)) - 1;
    const uint8_t* rest = take(more);
    if (!rest) return 0;
    uint64_t value = *first & 0x3f;
    for (uint32_t i = 0; i < more; i++) value = (value << 8) | rest[i];
    return value;
  }
};

// Reads what follows the SCID and sets type, token_length and length. `left` are the datagram's bytes from the
// packet's first one on. True: another packet may follow this one.
bool read_versioned(Reader* reader, const uint8_t* start, uint32_t left, QuicPacket* packet) {
  packet->length = static_cast<uint16_t>(left);
  packet->type = packet_type(packet->version, *start);
  if (packet->type == QT_TYPE_UNKNOWN || packet->type == QT_TYPE_VERSION_NEGOTIATION) return false;
  if (packet->dcid_length > QT_CID_MAX || packet->scid_length > QT_CID_MAX)
    packet->issues |= QT_ISSUE_CID_TOO_LONG;
  if (packet->type == QT_TYPE_RETRY) {
    uint32_t header = static_cast<uint32_t>(reader->pos - start);
    if (left < header + QT_AEAD_TAG) {
      packet->issues |= QT_ISSUE_HEADER_CUT;
    } else {
      packet->token_length = static_cast<uint16_t>(left - header - QT_AEAD_TAG);
    }
    return false;
  }
  if (packet->type == QT_TYPE_INITIAL) {
    uint64_t token = reader->varint();
    if (token > left - static_cast<uint64_t>(reader->pos - start)) {
      packet->issues |= QT_ISSUE_LENGTH_BEYOND_DATAGRAM;
      return false;
    }
    packet->token_length = static_cast<uint16_t>(token);
    reader->take(token);
  }
  uint64_t payload = reader->varint();
  if (!reader->whole) {
    packet->issues |= QT_ISSUE_HEADER_CUT;
    return false;
  }
  uint64_t length = static_cast<uint64_t>(reader->pos - start) + payload;
  if (length > left) {
    packet->issues |= QT_ISSUE_LENGTH_BEYOND_DATAGRAM;
    return false;
  }
  packet->length = static_cast<uint16_t>(length);
  return true;
}

}  // namespace

qt_packet_type packet_type(uint32_t version, uint8_t first_byte) {
  static constexpr qt_packet_type kTypes[] = {QT_TYPE_INITIAL, QT_TYPE_0RTT, QT_TYPE_HANDSHAKE, QT_TYPE_RETRY};
  uint8_t bits = (first_byte >> 4) & 3;
  if (version == QT_QUIC_NEGOTIATION) return QT_TYPE_VERSION_NEGOTIATION;
  if (is_v1_like(version)) return kTypes[bits];
  if (is_v2_like(version)) return kTypes[(bits + 3) & 3];  // RFC 9369 section 3.2: each one higher
  return QT_TYPE_UNKNOWN;
}

void read_datagram(const uint8_t* data, uint32_t captured, uint32_t length, QuicDatagram* out) {
  uint32_t offset = 0;
  bool more = true;
  out->count = 0;
  while (more && offset < captured) {
    const uint8_t* start = data + offset;
    Reader reader = {start, data + captured};
    if (!(reader.u8() & QT_LONG_FORM_BIT)) return;
    if (out->count == kMaxCoalesced) {
      out->packets[out->count - 1].issues |= QT_ISSUE_TOO_MANY_COALESCED;
      return;
    }
    QuicPacket packet = {};
    packet.offset = static_cast<uint16_t>(offset);
    if (const uint8_t* version = reader.take(4)) packet.version = qt_be32(version);
    packet.dcid_length = reader.u8();
    packet.dcid = reader.take(packet.dcid_length);
    packet.scid_length = reader.u8();
    packet.scid = reader.take(packet.scid_length);
    if (!reader.whole) return;

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
