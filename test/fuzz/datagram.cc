// Any bytes as a UDP datagram, cut or whole, with a long header in front or a short one: the packets found lie
// inside of it, and one with a short header is the last.
#include <algorithm>
#include <cstdlib>
#include <memory>

#include "quic.h"
#include "quic/quic_datagram.h"

namespace {

void require(bool condition) {
  if (!condition) abort();
}

}  // namespace

// The datagram, then two bytes: how much longer it was on the wire.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2 || size > 65535) return 0;
  size -= 2;
  uint32_t length = size + qt_be16(data + size);
  if (length > 65527) length = size;

  const std::unique_ptr<uint8_t[]> datagram(new uint8_t[size]);  // a read past its end is seen
  std::copy(data, data + size, datagram.get());
  static QuicDatagram out;
  if (size > 0 && !(datagram[0] & QT_LONG_FORM_BIT)) {
    read_short_datagram(datagram.get(), size, length, length % (QT_CID_MAX + 2), &out);
    require(out.count == 1 && out.packets[0].length == length);
  } else {
    read_datagram(datagram.get(), size, length, true, &out);
  }
  require(out.count <= kMaxCoalesced);
  uint32_t end = 0;
  for (uint32_t i = 0; i < out.count; i++) {
    const QuicPacket& packet = out.packets[i];
    require(packet.offset == end && packet.length > 0);
    require(packet.type != QT_TYPE_1RTT || i + 1 == out.count);
    end += packet.length;
    require(end <= length && packet.token_length <= packet.length);
    for (auto [cid, cid_length] :
         {std::pair{packet.dcid, packet.dcid_length}, {packet.scid, packet.scid_length}}) {
      require(cid_length == 0 ||
              (cid > datagram.get() + packet.offset && cid + cid_length <= datagram.get() + size));
    }
  }
  return 0;
}
