// Numbers in the byte order of the machine that wrote a file.
#ifndef QUIC_TOP_BYTE_ORDER_H
#define QUIC_TOP_BYTE_ORDER_H

#include <cstdint>

struct ByteOrder {
  bool big;

  uint16_t u16(const uint8_t* p) const {
    return static_cast<uint16_t>(big ? (p[0] << 8) | p[1] : (p[1] << 8) | p[0]);
  }
  uint32_t u32(const uint8_t* p) const {
    uint32_t first = u16(p), second = u16(p + 2);
    return big ? (first << 16) | second : (second << 16) | first;
  }
  uint64_t u64(const uint8_t* p) const {
    uint64_t first = u32(p), second = u32(p + 4);
    return big ? (first << 32) | second : (second << 32) | first;
  }
};

#endif
