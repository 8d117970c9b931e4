#include "cid/cid_lengths.h"

#include <algorithm>
#include <cstring>

#include "quic.h"
#include "quic/path.h"

// Only of packets whose CID the server chose for the connection: not what it repeats in Version Negotiation
// (RFC 8999 section 6), nor that of a Retry, which another server or a load balancer may have sent.
void CidLengths::note(const qt_record& record) {
  bool from_server = record.flags & QT_RECORD_FROM_WATCHED;
  if (record.type != QT_TYPE_HANDSHAKE && !(from_server && record.type == QT_TYPE_INITIAL)) return;
  uint8_t length = from_server ? record.scid_length : record.dcid_length;
  note(path_of(record, from_server).server, length, from_server && record.flags & QT_RECORD_EGRESS);
}

void CidLengths::note(const qt_endpoint& server, uint8_t length, bool heard) {
  uint32_t state = uint32_t{length} << 8 | uint32_t{heard} << 1 | 1;
  uint32_t place = qt_find_server(config_, &server);
  if (place < QT_SERVERS && settled_[place].load(std::memory_order_relaxed) == state) return;
  std::lock_guard<std::mutex> lock(changing_);
  place = place_for(server);
  if (place == QT_SERVERS) return;
  Server& known = servers_[place];
  if (known.heard && !heard) return;
  if (heard && !known.heard) known = {{}, 0, true};
  bool is_only_one = take_in(&known, length);
  settled_[place].store(is_only_one ? state : 0, std::memory_order_relaxed);
  qt_server_lengths lengths = lengths_of(known);
  uint32_t told;
  memcpy(&told, &lengths, sizeof(told));
  __atomic_store_n(reinterpret_cast<volatile uint32_t*>(&config_->servers[place].cids), told, __ATOMIC_RELEASE);
}

// Its place, which it gets when it has none: where all that it may have are taken, that of a server which was
// not heard itself. QT_SERVERS: there is none, and what goes to it is counted as unread.
uint32_t CidLengths::place_for(const qt_endpoint& server) {
  uint32_t place = qt_find_server(config_, &server);
  if (place < QT_SERVERS) return place;
  uint32_t mark = qt_mark_of(&server), chosen = QT_SERVERS;
  for (uint32_t way = 0; way < QT_SERVER_WAYS; way++) {
    place = (mark + way) % QT_SERVERS;
    bool is_free = config_->servers[place].endpoint.ip_version == 0;
    if (is_free || (chosen == QT_SERVERS && !servers_[place].heard)) chosen = place;
    if (is_free) break;
  }
  if (chosen == QT_SERVERS) return chosen;
  // A program that looks meanwhile finds neither of the two.
  auto* words = reinterpret_cast<volatile uint32_t*>(&config_->servers[chosen]);
  uint32_t now[sizeof(qt_server) / sizeof(uint32_t)] = {};
  __atomic_store_n(&words[5], 0u, __ATOMIC_RELEASE);
  memcpy(now, &server, sizeof(server));
  for (uint32_t i = 0; i < 5; i++) __atomic_store_n(&words[i], now[i], __ATOMIC_RELEASE);
  servers_[chosen] = {};
  settled_[chosen].store(0, std::memory_order_relaxed);
  return chosen;
}

// Returns whether it is the only length of that server.
bool CidLengths::take_in(Server* server, uint8_t length) {
  auto begin = server->lengths.begin(), end = begin + server->count;
  for (auto one = begin; one != end; one++) one->unseen++;
  end = std::remove_if(begin, end,
                       [&](const Length& one) { return one.bytes == length || one.unseen > kPatience; });
  // The newest is the last; of too many the oldest goes.
  if (end == server->lengths.end()) end = std::move(begin + 1, end, begin);
  *end++ = {length, 0};
  server->count = end - begin;
  return server->count == 1;
}

// A CID without bytes, and one that is longer than a version allows, is never read.
qt_server_lengths CidLengths::lengths_of(const Server& server) {
  qt_server_lengths lengths = {};
  std::array<uint8_t, kKept> readable = {};
  for (uint32_t i = 0; i < server.count; i++)
    readable[i] = server.lengths[i].bytes <= QT_CID_MAX ? server.lengths[i].bytes : 0;
  std::sort(readable.rbegin(), readable.rend());
  std::copy_n(readable.begin(), QT_SERVER_LENGTHS, lengths.lengths);
  lengths.varies = server.count > 1;
  return lengths;
}
