// The connections whose client Initial was opened, found again by their connection IDs and by their path.
// Bounded: the oldest goes first. Initials are exchanged in the first seconds of a connection.
#ifndef QUIC_TOP_CONNECTION_TABLE_H
#define QUIC_TOP_CONNECTION_TABLE_H

#include <array>
#include <unordered_map>
#include <vector>

#include "quic/initial_connection.h"
#include "util/keyed_hash.h"

using ConnectionHash = KeyedHash<11>;
// By what a connection is found: a connection ID or a path, and zeros.
using ConnectionKey = ConnectionHash::Key;

class ConnectionTable {
 public:
  // Connections whose keys are tried on one packet.
  static constexpr uint32_t kMostCandidates = 4;

  // Places of connections, the likeliest first.
  struct Candidates {
    std::array<uint32_t, kMostCandidates> places;
    uint32_t count = 0;

    const uint32_t* begin() const { return places.data(); }
    const uint32_t* end() const { return places.data() + count; }
  };

  explicit ConnectionTable(uint32_t capacity);

  InitialConnection& at(uint32_t place) { return ring_[place]; }

  // Adds a connection that a client's first Initial began; returns its place.
  uint32_t add(const InitialConnection& connection);
  // From now on packets to this CID may be this connection's.
  void add_server_cid(uint32_t place, const qt_cid& cid);

  // Which connections an Initial from a client may belong to.
  Candidates of_client(const qt_cid& dcid, const qt_cid& scid, const qt_path& path) const;
  // The newest connection of the client with this SCID on this path.
  Candidates on_path(const qt_cid& scid, const qt_path& path) const;
  // Which connections an Initial or Retry from a server may belong to.
  Candidates of_server(const qt_cid& dcid, const qt_path& path) const;

  // Connections that had to go for newer ones.
  uint64_t dropped() const { return dropped_; }

 private:
  // A hostile sender can give many connections one CID or path; of those only the newest are found by it.
  static constexpr uint32_t kMostPerKey = 8;

  // Places of the connections that have a key, newest first.
  struct List {
    std::array<uint32_t, kMostPerKey> places;
    uint32_t count = 0;
  };
  using Index = std::unordered_map<ConnectionKey, List, ConnectionHash>;

  static void insert(Index* index, const ConnectionKey& key, uint32_t place);
  static void erase(Index* index, const ConnectionKey& key, uint32_t place);
  static const List& find(const Index& index, const ConnectionKey& key);

  void remove(uint32_t place);
  // What it is found by from the client's side: its CID, or its path when that is empty.
  static ConnectionKey client_key(const qt_cid& cid, const qt_path& path);
  // The first of those of `list` that `matches` takes: on this path first.
  template <typename Matches>
  Candidates choose(const List& list, const qt_path& path, uint32_t most, Matches matches) const;
  Candidates of_client_cid(const qt_cid& cid, const qt_path& path, uint32_t most) const;

  std::vector<InitialConnection> ring_;
  uint32_t capacity_;
  uint32_t next_ = 0;  // the place that the next one takes: of the oldest, once all are taken
  Index by_dcid_;
  Index by_client_;
  uint64_t dropped_ = 0;
};

#endif
