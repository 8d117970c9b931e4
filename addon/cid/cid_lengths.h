// How long the connection IDs are that each server chooses, learned from long headers: short headers do not
// tell, and without it the programs cannot read them.
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
  // Only this writes its servers from here on.
  explicit CidLengths(volatile qt_config* config) : config_(config) {}

  // Takes in a long header. What arrives counts until the server's own packets were seen to leave: anybody can
  // send to it, and in its name.
  void note(const qt_record& record);

 private:
  // Lengths that are kept of a server: those beyond QT_SERVER_LENGTHS say that there are more.
  static constexpr size_t kKept = QT_SERVER_LENGTHS + 1;
  // After so many packets in a row without a length it is taken for one that the server no longer chooses.
  static constexpr uint32_t kPatience = 4096;

  struct Length {
    uint8_t bytes;
    uint32_t unseen;  // packets since the last one that had it
  };
  struct Server {
    std::array<Length, kKept> lengths;
    uint32_t count = 0;
    bool heard = false;  // as it left
  };

  void note(const qt_endpoint& server, uint8_t length, bool heard);
  uint32_t place_for(const qt_endpoint& server);
  static bool take_in(Server* server, uint8_t length);
  static qt_server_lengths lengths_of(const Server& server);

  volatile qt_config* config_;
  std::mutex changing_;
  std::array<Server, QT_SERVERS> servers_ = {};  // as in qt_config
  // Of a server with one length what was noted last, so that noting it again is cheap.
  std::array<std::atomic<uint32_t>, QT_SERVERS> settled_ = {};
};

#endif
