#include "bpf/cid_routes.h"

#include <bpf/bpf.h>

#include <cstring>

void CidRoutes::opened(const uint8_t* cid, uint8_t length, uint64_t server_id) {
  qt_cid key = {};
  key.length = length;
  memcpy(key.bytes, cid, length);
  cids_.push_back(key);
  uint32_t backend = server_id;
  backends_.push_back({backend, backend % QT_QUEUES, server_id});
}

void CidRoutes::write() {
  if (cids_.empty()) return;
  uint32_t count = cids_.size();
  // What cannot be written is passed and counted as any CID that names no server: nothing is lost by it.
  bpf_map_update_batch(map_, cids_.data(), backends_.data(), &count, nullptr);
  cids_.clear();
  backends_.clear();
}
