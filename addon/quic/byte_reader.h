// Reads fields of a byte string in network byte order, without ever passing its end.
#ifndef QUIC_TOP_BYTE_READER_H
#define QUIC_TOP_BYTE_READER_H

#include <cstddef>
#include <cstdint>
#include <cstring>

// Bytes of a borrowed array.
struct Bytes {
  const uint8_t* data = nullptr;
  size_t size = 0;
};

// A read that goes past the end gives 0 or no bytes, clears whole(), and so do all that follow.
class ByteReader {
 public:
  explicit ByteReader(Bytes bytes, bool whole = true) : at_(bytes.data), left_(bytes.size), whole_(whole) {}

  size_t left() const { return whole_ ? left_ : 0; }
  bool whole() const { return whole_; }
  void spoil() { whole_ = false; }
  // The next byte, while whole().
  const uint8_t* at() const { return at_; }

  uint32_t u8() { return static_cast<uint32_t>(number(1)); }
  uint32_t u16() { return static_cast<uint32_t>(number(2)); }
  uint32_t u32() { return static_cast<uint32_t>(number(4)); }

  // RFC 9000 section 16.
  uint64_t varint() {
    uint64_t first = number(1);
    size_t more = (size_t{1} << (first >> 6)) - 1;
    uint64_t rest = number(more);
    return whole_ ? (first & 0x3f) << (8 * more) | rest : 0;
  }

  // The next bytes.
  Bytes take(uint64_t size) {
    if (size > left()) {
      whole_ = false;
      return {};
    }
    Bytes taken = {at_, static_cast<size_t>(size)};
    at_ += size;
    left_ -= size;
    return taken;
  }

  // Passes over bytes of this value; false: there were none.
  bool skip(uint8_t value) {
    size_t before = left(), rest = before;
    // Eight at a time: the padding of an Initial is most of it.
    const uint64_t eight = uint64_t{value} * 0x0101010101010101;
    for (uint64_t next; rest >= sizeof(next); rest -= sizeof(next), at_ += sizeof(next)) {
      memcpy(&next, at_, sizeof(next));
      if (next != eight) break;
    }
    for (; rest > 0 && *at_ == value; rest--) at_++;
    if (whole_) left_ = rest;
    return rest < before;
  }

  // What stands behind a length of one or two bytes, to be read on its own.
  ByteReader vector8() { return sub(u8()); }
  ByteReader vector16() { return sub(u16()); }

 private:
  uint64_t number(size_t size) {
    Bytes bytes = take(size);
    uint64_t value = 0;
    for (size_t i = 0; i < bytes.size; i++) value = value << 8 | bytes.data[i];
    return value;
  }
  ByteReader sub(size_t size) {
    Bytes bytes = take(size);
    return ByteReader(bytes, whole_);
  }

  const uint8_t* at_;
  size_t left_;
  bool whole_;
};

#endif
