// The ClientHellos of many connections, put together from the CRYPTO frames of their Initials: one of each, and
// a second after a HelloRetryRequest. What waits for the rest of one is bounded for all connections together.
#ifndef QUIC_TOP_HELLO_STREAMS_H
#define QUIC_TOP_HELLO_STREAMS_H

#include <list>
#include <memory>
#include <optional>
#include <vector>

#include "quic/client_hello.h"
#include "quic/crypto_stream.h"

class HelloStreams {
 public:
  // Bytes of ClientHellos that are not whole, of all connections together. One of a browser needs up to 4 KB of
  // them.
  static constexpr size_t kMostBytes = 16 << 20;

  // `connections`: how many there are at a time; each has a place, from 0.
  explicit HelloStreams(uint32_t connections, size_t most_bytes = kMostBytes);

  // A new connection takes the place.
  void begin(uint32_t place);

  // Adds the frames of a packet of the client. Returns the ClientHello that they complete, if any, which is
  // good until the next call; what is wrong goes to `issues` (enum qt_initial_issue). When all connections keep
  // too much, the oldest of those that are not whole is forgotten.
  std::optional<ClientHello> push(uint32_t place, const std::vector<CryptoFrame>& frames, uint32_t* issues);

  // Of memory, about, that waits for the rest of ClientHellos.
  size_t bytes() const { return bytes_; }

 private:
  struct Connection {
    std::unique_ptr<CryptoStream> stream;  // none: nothing came yet, or nothing more is read
    uint8_t hellos = 0;
    bool ended = false;
    bool forgotten = false;
    size_t bytes = 0;  // as counted in `bytes_`
    std::list<uint32_t>::iterator waiting;
  };

  std::optional<ClientHello> read(Connection* connection, uint32_t* issues);
  void count(Connection* connection, uint32_t place, size_t bytes);

  std::vector<Connection> connections_;
  size_t most_bytes_;
  size_t bytes_ = 0;
  std::list<uint32_t> waiting_;   // places whose stream takes memory, the first to begin first
  std::vector<uint8_t> message_;  // the one that was given out last
};

#endif
