#include "quic/initial_frames.h"

#include <algorithm>

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

// What stands behind the types.

// Both kinds of QUIC have it alike.
void read_crypto(ByteReader* reader, InitialFrames* frames) {
  uint64_t offset = reader->varint();
  Bytes data = reader->take(reader->varint());
  if (reader->whole()) frames->crypto.push_back({offset, data});
}

void read_ack(ByteReader* reader, bool ecn, InitialFrames* frames) {
  uint64_t largest = reader->varint();
  reader->varint();
  uint64_t ranges = reader->varint();
  reader->varint();
  // A count that the packet does not hold ends with the packet.
  for (uint64_t i = 0; i < ranges && reader->whole(); i++) read_varints(reader, 2);
  if (ecn) read_varints(reader, 3);
  if (reader->whole())
    frames->largest_acknowledged = std::max(frames->largest_acknowledged.value_or(0), largest);
}

void read_close(ByteReader* reader, InitialFrames* frames) {
  uint64_t error_code = reader->varint();
  uint64_t frame_type = reader->varint();
  Bytes reason = reader->take(reader->varint());
  if (reader->whole() && !frames->close) frames->close = {error_code, frame_type, reason};
}

}  // namespace

void InitialFrames::clear() {
  crypto.clear();
  largest_acknowledged.reset();
  close.reset();
}

void read_frames(Bytes payload, InitialFrames* frames, uint32_t* issues) {
  frames->clear();
  if (payload.size == 0) *issues |= QT_NO_FRAMES;
  ByteReader reader(payload);
  while (reader.left() > 0) {
    if (reader.skip(kPadding)) continue;
    uint64_t type = reader.varint();
    if (type == kAck || type == kAckEcn) {
      read_ack(&reader, type == kAckEcn, frames);
    } else if (type == kCrypto) {
      read_crypto(&reader, frames);
    } else if (type == kConnectionClose) {
      read_close(&reader, frames);
    } else if (type != kPing && reader.whole()) {
      *issues |= QT_FRAME_NOT_ALLOWED;
      break;
    }
  }
  if (!reader.whole()) *issues |= QT_FRAME_MALFORMED;
}

void read_google_frames(Bytes payload, InitialFrames* frames, uint32_t* issues) {
  frames->clear();
  if (payload.size == 0) *issues |= QT_NO_FRAMES;
  ByteReader reader(payload);
  while (reader.left() > 0) {
    if (reader.skip(kPadding)) continue;
    uint32_t type = reader.u8();
    if (type == kGoogleCrypto) {
      read_crypto(&reader, frames);
    } else if (type != kGooglePing) {
      return;
    }
  }
  if (!reader.whole()) *issues |= QT_FRAME_MALFORMED;
}
