// How long the connection IDs are that each server chooses, learned from long headers: short headers do not
// tell, and without it the programs cannot read them.
#ifndef QUIC_TOP_CID_LENGTHS_H
#define QUIC_TOP_CID_LENGTHS_H

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <unordered_map>

#include "recorder/recorder_layout.h"
#include "util/keyed_hash.h"

// Who is told.
class CidLengthsListener {
 public:
  virtual ~CidLengthsListener() = default;
  virtual void learned(const qt_endpoint& server, const qt_server_lengths& lengths) = 0;
  virtual void forgot(const qt_endpoint& server) = 0;
};

// For any number of threads.
class CidLengths {
 public:
  explicit CidLengths(CidLengthsListener* listener) : listener_(listener) {}

  // Takes in a long header. What arrives counts until the server's own packets were seen to leave: anybody can
  // send to it, and in its name.
  void note(const qt_record& record);
  // Tells of every server that it is not known any more.
  void forget();

 private:
  // Lengths that are kept of a server: those beyond QT_SERVER_LENGTHS say that there are more.
  static constexpr size_t kKept = QT_SERVER_LENGTHS + 1;
  // After so many packets in a row without a length it is taken for one that the server no longer chooses.
  static constexpr uint32_t kPatience = 4096;
  static constexpr size_t kServers = QT_SERVER_LENGTHS_ENTRIES;

  struct Length {
    uint8_t bytes;
    uint32_t unseen;  // packets since the last one that had it
  };
  struct Server {
    std::array<Length, kKept> lengths;
    uint32_t count = 0;
    bool heard = false;  // as it left
    qt_server_lengths told = {};
  };
  using Hash = KeyedHash<sizeof(qt_endpoint) / sizeof(uint32_t)>;

  void note(const qt_endpoint& server, uint8_t length, bool heard);
  bool take_in(Server* server, uint8_t length);
  static qt_server_lengths lengths_of(const Server& server);

  CidLengthsListener* listener_;
  Hash hash_;
  std::mutex changing_;
  std::unordered_map<Hash::Key, Server, Hash> servers_{16, hash_};
  // By the server's hash: what was noted last of a server with one length, so that this is cheap.
  std::array<std::atomic<uint64_t>, 1024> settled_ = {};
};

#endif
