// Any bytes as opened Initials of a few clients: what they hold is read to its end, nothing outside of it is,
// and what is kept of them stays under its bound.
#include <algorithm>
#include <cstdlib>
#include <memory>

#include "quic/hello_streams.h"
#include "quic/ja4.h"

namespace {

constexpr uint32_t kClients = 4;
constexpr size_t kMostBytes = 8192;
constexpr size_t kJa4 = 36;

void require(bool condition) {
  if (!condition) abort();
}

void look_at(const ClientHello& hello) {
  require(ja4(hello).size() == kJa4);
  require(!hello.sni || hello.sni->size <= 255);
  if (!hello.alpn) return;
  size_t bytes = 0;
  for (Bytes name : *hello.alpn) bytes += name.size;
  require(hello.alpn->size() <= 16 && bytes <= 255);
}

void look_at(const ConnectionClose& close, const uint8_t* end) {
  require(close.error_code < uint64_t{1} << 62 && close.frame_type < uint64_t{1} << 62);
  require(close.reason.data + close.reason.size <= end);
}

}  // namespace

// Packets: a byte that chooses the client and whether it is a new one, two for the length, the frames.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  HelloStreams streams(kClients, kMostBytes);
  InitialFrames frames;
  const uint8_t* end = data + size;
  while (end - data >= 3) {
    uint32_t client = data[0] % kClients;
    if (data[0] & 0x80) streams.begin(client);
    size_t length = std::min<size_t>(data[1] << 8 | data[2], end - data - 3);
    const std::unique_ptr<uint8_t[]> payload(new uint8_t[length]);  // a read past its end is seen
    std::copy_n(data + 3, length, payload.get());
    data += 3 + length;

    uint32_t issues = 0;
    read_frames({payload.get(), length}, &frames, &issues);
    for (const CryptoFrame& frame : frames.crypto) require(frame.offset < uint64_t{1} << 62);
    if (frames.close) look_at(*frames.close, payload.get() + length);
    if (std::optional<ClientHello> hello = streams.push(client, frames.crypto, &issues)) look_at(*hello);
    require(streams.bytes() <= kMostBytes);
  }
  return 0;
}
