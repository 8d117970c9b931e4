// Any bytes as a frame of any link type, cut or whole: the shared parser answers with one fate, and says only
// what is inside the frame.
#include <algorithm>
#include <cstdlib>
#include <memory>

#include "file/link_layer.h"
#include "quic.h"

namespace {

constexpr uint32_t kLinkTypes[] = {1, 0, 9, 12, 14, 50, 101, 108, 113, 228, 229, 276, 147};

void require(bool condition) {
  if (!condition) abort();
}

qt_config watch_all() {
  qt_config config = {};
  for (auto& word : config.ports) word = ~uint64_t{0};
  return config;
}

}  // namespace

// The frame, then a byte that chooses the link type and two for the bytes that were not captured.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const qt_config config = watch_all();
  if (size < 3) return 0;
  size -= 3;
  uint32_t link_type = kLinkTypes[data[size] % std::size(kLinkTypes)];
  uint32_t beyond = qt_be16(data + size + 1);
  if (data[size] & 0x80) beyond = 0;

  const std::unique_ptr<uint8_t[]> frame(new uint8_t[size]);  // a read past its end is seen
  std::copy(data, data + size, frame.get());
  cursor c = cursor_at(frame.get(), frame.get() + size, beyond);
  qt_ethertype ethertype;
  qt_packet packet = {};
  uint32_t header = 0;
  qt_counter fate;
  if (parse_link(link_type, &c, &ethertype, &header, &fate)) {
    fate = qt_classify_ip(&c, ethertype, &config, &packet);
  } else {
    require(fate == QT_NOT_IP || fate == QT_TRUNCATED);
  }
  require(fate >= QT_NOT_IP && fate <= QT_LONG_HEADER && fate != QT_OTHER_PORT);
  if (fate == QT_LONG_HEADER) {
    const qt_datagram& udp = packet.datagram;
    require(udp.l3_offset >= header && udp.l4_offset > udp.l3_offset);
    require(udp.l4_offset + QT_UDP_HEADER + 6u <= size);
    require(udp.l4_offset + QT_UDP_HEADER + uint32_t{udp.payload_length} <= size + beyond);
  }
  if (link_type == 1 && beyond == 0) {
    qt_packet again = {};
    require(qt_classify(frame.get(), frame.get() + size, 0, &config, &again) == fate);
  }
  return 0;
}
