#include "quic/initial_decoder.h"

#include <algorithm>

#include "quic/guessed_initial.h"

namespace {

// No UDP payload is longer.
constexpr size_t kMostPacket = 65535;
// Of a long header's first byte.
constexpr uint8_t kReservedBits = 0x0c;

qt_cid cid_of(const uint8_t* bytes, uint8_t length) {
  qt_cid cid = {std::min<uint8_t>(length, QT_CID_MAX), {}};
  memcpy(cid.bytes, bytes, cid.length);
  return cid;
}

}  // namespace

// A packet as its record tells it.
struct InitialDecoder::Packet {
  const qt_record& record;
  const VersionKeys* version;  // null: nobody knows how it is opened
  bool from_server;
  qt_cid dcid;
  qt_cid scid;
  qt_path path;
  Bytes bytes;  // none when not all of them are there
  uint16_t token_length;

  Packet(const qt_record& record, Bytes frame)
      : record(record),
        version(version_keys(record.version)),
        from_server(record.flags & QT_RECORD_FROM_WATCHED),
        dcid(cid_of(record.dcid, record.dcid_length)),
        scid(cid_of(record.scid, record.scid_length)),
        path(path_of(record, from_server)),
        token_length(record.token_length) {
    if (size_t{record.packet_offset} + record.packet_length <= frame.size)
      bytes = {frame.data + record.packet_offset, record.packet_length};
    if (record.type == QT_TYPE_UNKNOWN) guess();
  }

  // Its record does not know what is in a version that nobody knows.
  void guess() {
    auto guessed = guess_initial(bytes, record.dcid_length, record.scid_length);
    if (!guessed) return;
    version = guessed->version;
    token_length = guessed->token_length;
    bytes.size = guessed->length;
  }

  bool is_there() const { return bytes.size > 0; }
  size_t number_offset() const {
    return packet_number_offset(bytes, record.dcid_length, record.scid_length, token_length);
  }
  InitialConnection as_first() const { return {dcid, scid, path, token_length > 0}; }
};

InitialDecoder::InitialDecoder(uint32_t connections)
    : connections_(connections), hellos_(connections), room_(kMostPacket) {}

qt_initial_verdict InitialDecoder::decode(const qt_record& record, Bytes frame, bool chooser_unknown) {
  hello_.reset();
  opened_ = {};
  Packet packet(record, frame);
  if (!packet.version) return QT_NOT_OPENED;
  if (record.type == QT_TYPE_UNKNOWN) return decode_guess(packet, chooser_unknown);
  return record.type == QT_TYPE_RETRY ? decode_retry(packet) : decode_initial(packet, chooser_unknown);
}

qt_initial_verdict InitialDecoder::decode_guess(const Packet& packet, bool chooser_unknown) {
  // That it does not open proves nothing but a wrong guess.
  if (decode_initial(packet, chooser_unknown) != QT_OPENED) return QT_NOT_OPENED;
  opened_.issues |= QT_VERSION_GUESSED;
  return QT_OPENED;
}

uint32_t InitialDecoder::add(const InitialConnection& connection) {
  uint32_t place = connections_.add(connection);
  hellos_.begin(place);
  return place;
}

bool InitialDecoder::open(InitialConnection* connection, Side side, const Packet& packet) {
  int64_t number = connection->open(side, packet.version, packet.bytes, packet.number_offset(), room_.data(),
                                    &opened_.key_source);
  opened_.packet_number = static_cast<uint64_t>(number);
  return number >= 0;
}

std::optional<uint32_t> InitialDecoder::open_any(const ConnectionTable::Candidates& candidates, Side side,
                                                 const Packet& packet) {
  for (uint32_t place : candidates) {
    if (open(&connections_.at(place), side, packet)) return place;
  }
  return std::nullopt;
}

std::optional<uint32_t> InitialDecoder::open_from_client(const Packet& packet) {
  auto known = open_any(connections_.of_client(packet.dcid, packet.scid, packet.path), Side::kClient, packet);
  if (known) return known;
  // The first of its connection, or the first after a Retry that was not seen: made of its own DCID.
  InitialConnection connection = packet.as_first();
  if (!open(&connection, Side::kClient, packet)) return std::nullopt;
  if (packet.token_length > 0 && packet.scid.length > 0) {
    for (uint32_t earlier : connections_.on_path(packet.scid, packet.path)) {
      if (connections_.at(earlier).take_retry(packet.dcid)) return earlier;
    }
  }
  return add(connection);
}

qt_initial_verdict InitialDecoder::decode_initial(const Packet& packet, bool chooser_unknown) {
  if (!packet.is_there()) {
    // The header says enough to open what the server answers.
    if (!packet.from_server && connections_.of_client(packet.dcid, packet.scid, packet.path).count == 0)
      add(packet.as_first());
    return QT_NOT_OPENED;
  }
  if (packet.from_server) {
    auto candidates = connections_.of_server(packet.dcid, packet.path);
    auto place = open_any(candidates, Side::kServer, packet);
    // Without a candidate the client's first Initial was not seen.
    if (!place) return candidates.count > 0 ? QT_UNAUTHENTIC : QT_NOT_OPENED;
    connections_.add_server_cid(*place, packet.scid);
    read_payload(packet, std::nullopt);
    return QT_OPENED;
  }
  auto place = open_from_client(packet);
  if (!place) return QT_UNAUTHENTIC;
  if (chooser_unknown) opened_.chooser = chooser_of(*place, packet.dcid);
  read_payload(packet, place);
  return QT_OPENED;
}

// A client leaves its first DCID only for one that the server chose: of a packet that opened, that is certain.
uint8_t InitialDecoder::chooser_of(uint32_t place, const qt_cid& dcid) {
  const InitialConnection& connection = connections_.at(place);
  if (dcid == connection.first_dcid())
    return connection.may_be_retried() ? QT_CHOOSER_UNKNOWN : QT_CHOSEN_BY_CLIENT;
  connections_.add_server_cid(place, dcid);
  return QT_CHOSEN_BY_SERVER;
}

// `client`: the place of the connection whose CRYPTO stream it goes on with; none: it is the server's.
void InitialDecoder::read_payload(const Packet& packet, std::optional<uint32_t> client) {
  size_t payload = payload_offset(room_.data(), packet.number_offset());
  if (room_[0] & kReservedBits) opened_.issues |= QT_RESERVED_BITS;
  bool is_google = packet.version->contents != InitialContents::kTls;
  (is_google ? read_google_frames : read_frames)(
      {room_.data() + payload, packet.bytes.size - QT_AEAD_TAG - payload}, &frames_, &opened_.issues);
  if (client && packet.version->contents != InitialContents::kGoogle)
    hello_ = hellos_.push(*client, frames_.crypto, &opened_.issues);
  opened_.has_hello = hello_.has_value();
  opened_.has_ack = frames_.largest_acknowledged.has_value();
  opened_.largest_acknowledged = frames_.largest_acknowledged.value_or(0);
  if (frames_.close) keep_close(*frames_.close);
}

void InitialDecoder::keep_close(const ConnectionClose& close) {
  size_t kept = std::min<size_t>(close.reason.size, QT_REASON_MAX);
  if (kept < close.reason.size) opened_.issues |= QT_REASON_TOO_LONG;
  opened_.has_close = 1;
  opened_.error_code = close.error_code;
  opened_.error_frame_type = close.frame_type;
  opened_.reason_length = static_cast<uint8_t>(kept);
  std::copy_n(close.reason.data, kept, opened_.reason);
}

qt_initial_verdict InitialDecoder::decode_retry(const Packet& packet) {
  if (!packet.is_there()) return QT_NOT_OPENED;
  const RetryKeys* keys = packet.version->retry;
  auto candidates = connections_.of_server(packet.dcid, packet.path);
  for (uint32_t place : candidates) {
    InitialConnection& connection = connections_.at(place);
    if (keys && !is_retry_authentic(*keys, bytes_of(connection.first_dcid()), packet.bytes)) continue;
    connection.take_retry(packet.scid);
    connections_.add_server_cid(place, packet.scid);
    return QT_NOT_OPENED;
  }
  return candidates.count > 0 ? QT_UNAUTHENTIC : QT_NOT_OPENED;
}
