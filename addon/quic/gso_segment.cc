#include "quic/gso_segment.h"

#include "parse.h"

namespace {

void store_be16(uint8_t* p, uint32_t value) {
  p[0] = static_cast<uint8_t>(value >> 8);
  p[1] = static_cast<uint8_t>(value);
}

// RFC 1071, over `size` bytes, an even number.
uint16_t internet_checksum(const uint8_t* p, uint32_t size) {
  uint32_t sum = 0;
  for (uint32_t i = 0; i < size; i += 2) sum += qt_be16(p + i);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

}  // namespace

void finish_segment(const qt_metadata& metadata, uint8_t* frame, uint32_t captured) {
  uint32_t l3 = metadata.l3_offset, l4 = metadata.l4_offset;
  uint32_t udp_length = QT_UDP_HEADER + metadata.payload_length;
  if (l4 < l3 + QT_IPV4_HEADER || l4 + QT_UDP_HEADER > captured) return;
  store_be16(frame + l4 + 4, udp_length);
  uint8_t* ip = frame + l3;
  if (ip[0] >> 4 == 6) {
    store_be16(ip + 4, l4 - l3 - QT_IPV6_HEADER + udp_length);
    return;
  }
  store_be16(ip + 2, l4 - l3 + udp_length);
  store_be16(ip + 4, qt_be16(ip + 4) + metadata.segment - 1);
  store_be16(ip + 10, 0);
  store_be16(ip + 10, internet_checksum(ip, (l4 - l3) & ~1u));
}
