// Any records and frames as Initials and Retries of a few connections: nothing outside of a frame is read, and
// what opens says so.
#include <algorithm>
#include <cstdlib>
#include <memory>

#include "quic/initial_decoder.h"

namespace {

constexpr uint32_t kConnections = 4;

void require(bool condition) {
  if (!condition) abort();
}

}  // namespace

// Packets: a record, two bytes for the frame's length, the frame.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  InitialDecoder decoder(kConnections);
  const uint8_t* end = data + size;
  while (end - data >= static_cast<ptrdiff_t>(sizeof(qt_record) + 2)) {
    qt_record record;
    memcpy(&record, data, sizeof(record));
    data += sizeof(record);
    size_t length = std::min<size_t>(data[0] << 8 | data[1], end - data - 2);
    const std::unique_ptr<uint8_t[]> frame(new uint8_t[length]);  // a read past its end is seen
    std::copy_n(data + 2, length, frame.get());
    data += 2 + length;

    qt_initial_verdict verdict = decoder.decode(record, {frame.get(), length}, record.index & 1);
    require(decoder.opened().has_hello == decoder.hello().has_value());
    require(verdict == QT_OPENED || !decoder.hello());
    require(verdict == QT_OPENED || !decoder.opened().has_close);
    require(decoder.opened().reason_length <= QT_REASON_MAX);
    require(decoder.opened().key_source.length <= QT_CID_MAX);
  }
  return 0;
}
