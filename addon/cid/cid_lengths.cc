#include "cid/cid_lengths.h"

#include <algorithm>
#include <cstring>

namespace {

qt_endpoint endpoint(const uint8_t* address, uint16_t port, uint8_t ip_version) {
  qt_endpoint endpoint = {};
  memcpy(endpoint.address, address, sizeof(endpoint.address));
  endpoint.port = port;
  endpoint.ip_version = ip_version;
  return endpoint;
}

}  // namespace

// Only of packets whose CID the server chose for the connection: not what it repeats in Version Negotiation
// (RFC 8999 section 6), nor that of a Retry, which another server or a load balancer may have sent.
void CidLengths::note(const qt_record& record) {
  bool is_handshake = record.type == QT_TYPE_HANDSHAKE;
  if (record.flags & QT_RECORD_FROM_WATCHED) {
    if (is_handshake || record.type == QT_TYPE_INITIAL)
      note(endpoint(record.src, record.src_port, record.ip_version), record.scid_length,
           record.flags & QT_RECORD_EGRESS);
  } else if (is_handshake) {
    note(endpoint(record.dst, record.dst_port, record.ip_version), record.dcid_length, false);
  }
}

void CidLengths::note(const qt_endpoint& server, uint8_t length, bool heard) {
  Hash::Key key;
  memcpy(key.data(), &server, sizeof(server));
  uint64_t hash = hash_(key);
  std::atomic<uint64_t>& settled = settled_[hash % settled_.size()];
  uint64_t state = hash << 16 | uint64_t{length} << 8 | uint64_t{heard} << 1 | 1;
  if (settled.load(std::memory_order_relaxed) == state) return;
  std::lock_guard<std::mutex> lock(changing_);
  auto found = servers_.find(key);
  if (found == servers_.end()) {
    if (servers_.size() == kServers) {
      auto other = servers_.begin();
      qt_endpoint gone;
      memcpy(&gone, other->first.data(), sizeof(gone));
      listener_->forgot(gone);
      servers_.erase(other);
      for (auto& any : settled_) any.store(0, std::memory_order_relaxed);
    }
    found = servers_.emplace(key, Server{}).first;
  }
  Server& known = found->second;
  if (known.heard && !heard) return;
  if (heard && !known.heard) known = {{}, 0, true, known.told};
  bool is_only_one = take_in(&known, length);
  settled.store(is_only_one ? state : 0, std::memory_order_relaxed);
  qt_server_lengths lengths = lengths_of(known);
  if (memcmp(&lengths, &known.told, sizeof(lengths)) == 0) return;
  known.told = lengths;
  listener_->learned(server, lengths);
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

void CidLengths::forget() {
  std::lock_guard<std::mutex> lock(changing_);
  for (const auto& [key, server] : servers_) {
    qt_endpoint gone;
    memcpy(&gone, key.data(), sizeof(gone));
    listener_->forgot(gone);
  }
  servers_.clear();
}
