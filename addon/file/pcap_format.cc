#include "file/pcap_format.h"

#include <algorithm>
#include <string>

#include "file/link_layer.h"
#include "util/clock.h"

namespace {

enum PcapMagic : uint32_t {
  kMicroseconds = 0xa1b2c3d4,
  kNanoseconds = 0xa1b23c4d,
};

// The upper bits of the link type's field tell about the frame check sequence.
constexpr uint32_t kLinkTypeMask = 0x03ffffff;
constexpr uint32_t kFrameHeader = 16;

bool is_magic(uint32_t value) { return value == kMicroseconds || value == kNanoseconds; }

}  // namespace

bool PcapFormat::recognises(const uint8_t* start) {
  return is_magic(ByteOrder{true}.u32(start)) || is_magic(ByteOrder{false}.u32(start));
}

PcapFormat::PcapFormat(ByteStream* stream)
    : stream_(stream), order_{is_magic(ByteOrder{true}.u32(stream->data()))} {
  const uint8_t* header = stream->data();
  fraction_ = order_.u32(header) == kNanoseconds ? 1 : 1000;
  link_type_ = order_.u32(header + 20) & kLinkTypeMask;
  if (!is_known_link_type(link_type_)) throw unknown_link_type(*stream, link_type_);
  stream->skip(kHeaderSize);
}

ByteStream::State PcapFormat::next(FileFrame* frame) {
  ByteStream::State state = stream_->need(kFrameHeader);
  if (state == ByteStream::State::kEnd && stream_->available() > 0) {
    throw stream_->error("TRUNCATED", "ends in the middle of a frame's header", kCopyAgain);
  }
  if (state != ByteStream::State::kReady) return state;
  const uint8_t* header = stream_->data();
  uint32_t captured = order_.u32(header + 8);
  if (captured > uint32_t{QT_FRAME_MAX}) {
    throw stream_->error("DAMAGED", "a frame of " + std::to_string(captured) + " bytes is not believable",
                         kCopyAgain);
  }
  state = stream_->need(kFrameHeader + captured);
  if (state == ByteStream::State::kEnd)
    throw stream_->error("TRUNCATED", "ends in the middle of a frame", kCopyAgain);
  if (state != ByteStream::State::kReady) return state;
  header = stream_->data();
  frame->is_packet = true;
  frame->data = header + kFrameHeader;
  frame->captured = captured;
  frame->length = std::max(captured, order_.u32(header + 12));
  frame->link_type = link_type_;
  frame->time = order_.u32(header) * kSecond + order_.u32(header + 4) * fraction_;
  frame->has_time = true;
  stream_->skip(kFrameHeader + captured);
  return state;
}
