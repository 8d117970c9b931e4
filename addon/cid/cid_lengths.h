// How long the connection IDs are that the servers at a port choose, learned from long headers: short headers
// do not tell, and without it the programs cannot read them.
#ifndef QUIC_TOP_CID_LENGTHS_H
#define QUIC_TOP_CID_LENGTHS_H

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>

#include "recorder/recorder_layout.h"

// For any number of threads.
class CidLengths {
 public:
  // Only this writes its cid_lengths and varying_lengths from here on.
  explicit CidLengths(volatile qt_config* config) : config_(config) {}

  // Takes in a long header. What clients send counts until the server is heard itself: anybody can send to it.
  void note(const qt_record& record);

 private:
  struct alignas(uint32_t) Port {
    uint8_t length;    // that was seen last
    uint8_t agreed;    // packets in a row that had it, up to kAgreed
    uint8_t disputed;  // another one was seen before
    uint8_t heard;     // the server itself was
  };
  // Where the CIDs of one port had several lengths, they vary until so many packets in a row agree.
  static constexpr uint8_t kAgreed = 255;

  void note(uint16_t port, uint8_t length, bool from_server);
  void add_varying(uint8_t length);

  volatile qt_config* config_;
  std::mutex changing_;
  std::array<std::atomic<Port>, QT_PORTS> ports_ = {};
};

#endif
