#include "file/pcapng_format.h"

#include <algorithm>
#include <string>

#include "file/link_layer.h"
#include "util/clock.h"

namespace {

enum BlockType : uint32_t {
  kInterfaceDescription = 1,
  kObsoletePacket = 2,
  kSimplePacket = 3,
  kEnhancedPacket = 6,
  kJournalEntry = 9,
  kCustom = 0x00000bad,
  kCustomNotCopied = 0x40000bad,
  kSectionHeader = 0x0a0d0d0a,  // reads the same in both byte orders
};

enum OptionCode : uint16_t {
  kEndOfOptions = 0,
  kTimeResolution = 9,
  kTimeOffset = 14,
};

constexpr uint32_t kByteOrderMagic = 0x1a2b3c4d;
constexpr uint32_t kBlockHeader = 8;    // type, length
constexpr uint32_t kMinBlock = 12;      // and the length again
constexpr uint32_t kSectionStart = 28;  // the smallest section header block
// Wireshark's limit, too. Blocks without packets may be this long, and are skipped.
constexpr uint32_t kMaxBlock = 16 * 1024 * 1024;
// A description longer than this is read up to here.
constexpr uint32_t kMaxDescription = 64 * 1024;
constexpr size_t kMaxInterfaces = 65536;
constexpr uint8_t kMicroseconds = 6;  // the resolution when if_tsresol is absent

// Bytes of a packet block before its data, the block's header included; 0 for other blocks.
uint32_t packet_header(uint32_t type) {
  switch (type) {
    case kEnhancedPacket:
    case kObsoletePacket:
      return 28;
    case kSimplePacket:
      return 12;
    default:
      return 0;
  }
}

// Wireshark lists these among the packets.
bool is_numbered(uint32_t type) { return type == kJournalEntry || type == kCustom || type == kCustomNotCopied; }

// Nanoseconds of a time in units of `resolution`: 10^-n seconds, or 2^-n with the upper bit set.
__int128 to_nanoseconds(uint64_t time, uint8_t resolution) {
  uint32_t exponent = resolution & 0x7f;
  __int128 nanoseconds = time;
  if (resolution & 0x80) return (nanoseconds * kSecond) >> exponent;
  for (; exponent < 9; exponent++) nanoseconds *= 10;
  for (; exponent > 9 && nanoseconds > 0; exponent--) nanoseconds /= 10;
  return nanoseconds;
}

}  // namespace

bool PcapngFormat::recognises(const uint8_t* start) { return ByteOrder{true}.u32(start) == kSectionHeader; }

CaptureError PcapngFormat::damaged(const std::string& what) const {
  return stream_->error("DAMAGED", what, kCopyAgain);
}

void PcapngFormat::check_length(uint32_t length, uint32_t min) const {
  if (length >= min && length % 4 == 0 && length <= kMaxBlock) return;
  throw damaged("a block of " + std::to_string(length) + " bytes cannot be");
}

CaptureError PcapngFormat::cut() const {
  return stream_->error("TRUNCATED", "ends in the middle of a block", kCopyAgain);
}

ByteStream::State PcapngFormat::next(FileFrame* frame) {
  for (;;) {
    bool found = false;
    ByteStream::State state = block(frame, &found);
    if (state != ByteStream::State::kReady || found) return state;
    if (stream_->turn_is_over()) return ByteStream::State::kWaiting;
  }
}

// Reads one block, or what is left of the one before.
ByteStream::State PcapngFormat::block(FileFrame* frame, bool* found) {
  if (trailer_ != 0) {
    ByteStream::State state = stream_->need(4);
    if (state == ByteStream::State::kEnd) throw cut();
    if (state != ByteStream::State::kReady) return state;
    uint32_t repeated = order_.u32(stream_->data());
    if (repeated != trailer_) {
      throw damaged("a block says at its start that it has " + std::to_string(trailer_) +
                    " bytes, at its end " + std::to_string(repeated));
    }
    stream_->skip(4);
    trailer_ = 0;
  }

  ByteStream::State state = stream_->need(kBlockHeader);
  if (state == ByteStream::State::kEnd && stream_->available() > 0) throw cut();
  if (state != ByteStream::State::kReady) return state;
  // Its length has the byte order that it tells only behind it.
  if (recognises(stream_->data())) {
    bool done = false;
    state = section(&done);
    if (state == ByteStream::State::kEnd) throw cut();
    if (!done) return state;
  }
  uint32_t type = order_.u32(stream_->data());
  uint32_t length = order_.u32(stream_->data() + 4);
  check_length(length, kMinBlock);

  uint32_t wanted = kBlockHeader;
  if (type == kInterfaceDescription) wanted = std::min(length - 4, kMaxDescription);
  uint32_t header = packet_header(type);
  if (header != 0) {
    if (length < header + 4) throw damaged("a packet block of " + std::to_string(length) + " bytes cannot be");
    wanted = std::min(length - 4, header + uint32_t{QT_FRAME_MAX});
  }
  state = stream_->need(wanted);
  if (state == ByteStream::State::kEnd) throw cut();
  if (state != ByteStream::State::kReady) return state;
  if (type == kInterfaceDescription) interface(stream_->data() + kBlockHeader, wanted - kBlockHeader);
  if (header != 0) {
    packet(type, stream_->data(), length, frame);
    *found = true;
  } else if (is_numbered(type)) {
    *frame = {};
    *found = true;
  }
  stream_->skip(length - 4);
  trailer_ = length;
  return state;
}

// Learns the byte order of a new section, whose first block is at hand. `done`: it did.
ByteStream::State PcapngFormat::section(bool* done) {
  ByteStream::State state = stream_->need(kSectionStart);
  if (state != ByteStream::State::kReady) return state;
  const uint8_t* block = stream_->data();
  order_.big = ByteOrder{true}.u32(block + 8) == kByteOrderMagic;
  if (order_.u32(block + 8) != kByteOrderMagic) throw damaged("a section without byte-order magic");
  check_length(order_.u32(block + 4), kSectionStart);
  uint16_t major = order_.u16(block + 12);
  if (major != 1) throw damaged("pcapng of version " + std::to_string(major) + " is not known");
  interfaces_.clear();
  *done = true;
  return state;
}

void PcapngFormat::interface(const uint8_t* body, uint32_t size) {
  if (size < 8) throw damaged("an interface description of " + std::to_string(size) + " bytes cannot be");
  if (interfaces_.size() == kMaxInterfaces) throw damaged("more than 65536 interfaces in a section");
  Interface interface = {order_.u16(body), order_.u32(body + 4), kMicroseconds, 0};
  for (uint32_t at = 8; at + 4 <= size;) {
    uint16_t code = order_.u16(body + at);
    uint16_t length = order_.u16(body + at + 2);
    at += 4;
    if (code == kEndOfOptions || at + length > size) break;
    if (code == kTimeResolution && length == 1) interface.resolution = body[at];
    if (code == kTimeOffset && length == 8) interface.offset = static_cast<int64_t>(order_.u64(body + at));
    at += (length + 3u) & ~3u;
  }
  interfaces_.push_back(interface);
}

// Reads a packet block of which the first `length` - 4 bytes are there, or all that a frame may have.
void PcapngFormat::packet(uint32_t type, const uint8_t* block, uint32_t length, FileFrame* frame) {
  uint32_t header = packet_header(type);
  uint32_t room = length - 4 - header;
  uint32_t index = 0;
  if (type == kEnhancedPacket) index = order_.u32(block + 8);
  if (type == kObsoletePacket) index = order_.u16(block + 8);
  if (index >= interfaces_.size()) {
    throw damaged("a packet of interface " + std::to_string(index) + ", which is not described");
  }
  const Interface& interface = interfaces_[index];
  frame->is_packet = true;
  frame->data = block + header;
  frame->link_type = interface.link_type;
  if (type == kSimplePacket) {
    frame->length = order_.u32(block + 8);
    frame->captured = std::min(frame->length, room);
    if (interface.snap_length != 0) frame->captured = std::min(frame->captured, interface.snap_length);
    frame->time = 0;
    frame->has_time = false;
  } else {
    frame->captured = order_.u32(block + 20);
    if (frame->captured > room) {
      throw damaged("a frame of " + std::to_string(frame->captured) + " bytes in a block of " +
                    std::to_string(length));
    }
    frame->length = std::max(frame->captured, order_.u32(block + 24));
    set_time(interface, uint64_t{order_.u32(block + 12)} << 32 | order_.u32(block + 16), frame);
  }
  if (frame->captured > uint32_t{QT_FRAME_MAX}) {
    throw damaged("a frame of " + std::to_string(frame->captured) + " bytes is not believable");
  }
}

// Times that do not fit 64 bits of nanoseconds since 1970 are times that the file does not tell.
void PcapngFormat::set_time(const Interface& interface, uint64_t time, FileFrame* frame) const {
  __int128 nanoseconds = to_nanoseconds(time, interface.resolution);
  nanoseconds += static_cast<__int128>(interface.offset) * kSecond;
  frame->has_time = nanoseconds >= 0 && nanoseconds <= UINT64_MAX;
  frame->time = frame->has_time ? static_cast<uint64_t>(nanoseconds) : 0;
}
