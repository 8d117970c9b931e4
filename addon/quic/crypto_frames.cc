#include "quic/crypto_frames.h"

#include "quic/opened_initial.h"

namespace {

enum FrameType : uint64_t {
  kPadding = 0x00,
  kPing = 0x01,
  kAck = 0x02,
  kAckEcn = 0x03,
  kCrypto = 0x06,
  kConnectionClose = 0x1c,
};

// Of Google's QUIC, one byte each.
enum GoogleFrameType : uint32_t {
  kGooglePing = 0x07,
  kGoogleCrypto = 0x08,
};

void read_varints(ByteReader* reader, int count) {
  for (int i = 0; i < count; i++) reader->varint();
}

// Behind the type; both kinds of QUIC have it alike.
void read_crypto(ByteReader* reader, std::vector<CryptoFrame>* crypto) {
  uint64_t offset = reader->varint();
  Bytes data = reader->take(reader->varint());
  if (reader->whole()) crypto->push_back({offset, data});
}

void read_ack(ByteReader* reader, bool ecn) {
  read_varints(reader, 2);
  uint64_t ranges = reader->varint();
  reader->varint();
  // A count that the packet does not hold ends with the packet.
  for (uint64_t i = 0; i < ranges && reader->whole(); i++) read_varints(reader, 2);
  if (ecn) read_varints(reader, 3);
}

}  // namespace

void read_crypto_frames(Bytes payload, std::vector<CryptoFrame>* crypto, uint32_t* issues) {
  crypto->clear();
  if (payload.size == 0) *issues |= QT_NO_FRAMES;
  ByteReader reader(payload);
  while (reader.left() > 0) {
    if (reader.skip(kPadding)) continue;
    uint64_t type = reader.varint();
    if (type == kAck || type == kAckEcn) {
      read_ack(&reader, type == kAckEcn);
    } else if (type == kCrypto) {
      read_crypto(&reader, crypto);
    } else if (type == kConnectionClose) {
      read_varints(&reader, 2);
      reader.take(reader.varint());
    } else if (type != kPing && reader.whole()) {
      *issues |= QT_FRAME_NOT_ALLOWED;
      break;
    }
  }
  if (!reader.whole()) *issues |= QT_FRAME_MALFORMED;
}

void read_google_frames(Bytes payload, std::vector<CryptoFrame>* crypto, uint32_t* issues) {
  crypto->clear();
  if (payload.size == 0) *issues |= QT_NO_FRAMES;
  ByteReader reader(payload);
  while (reader.left() > 0) {
    if (reader.skip(kPadding)) continue;
    uint32_t type = reader.u8();
    if (type == kGoogleCrypto) {
      read_crypto(&reader, crypto);
    } else if (type != kGooglePing) {
      return;
    }
  }
  if (!reader.whole()) *issues |= QT_FRAME_MALFORMED;
}
