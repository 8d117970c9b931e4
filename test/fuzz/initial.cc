// Any bytes as a packet to be opened, its number anywhere: nothing outside of it is read, nothing past the room
// written, and with these keys nothing opens.
#include <algorithm>
#include <cstdlib>
#include <memory>

#include "quic/initial_protection.h"

// The packet, then four bytes: where its number is, and the largest one so far.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 5) return 0;
  size -= 4;
  size_t offset = data[size] << 8 | data[size + 1];
  int64_t largest = (int64_t{data[size + 2]} << 54 | int64_t{data[size + 3]} << 8) - 1;

  const std::unique_ptr<uint8_t[]> packet(new uint8_t[size]), out(new uint8_t[size]);
  std::copy(data, data + size, packet.get());
  static const InitialKeys keys = derive_initial_keys(*version_keys(1), {data, 0}, Side::kClient);
  if (open_initial(keys, {packet.get(), size}, offset, largest, out.get()) != -1) abort();
  return 0;
}
