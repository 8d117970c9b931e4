// Reads the program's cid_counter map: thousands of entries by a few system calls.
#ifndef QUIC_TOP_CID_TABLE_H
#define QUIC_TOP_CID_TABLE_H

#include <cstdint>
#include <vector>

#include "recorder/recorder_layout.h"

class CidTable {
 public:
  // `map` is the descriptor of cid_counter. `epoch_offset` plus CLOCK_MONOTONIC is time since
  // qt_recorder.epoch.
  CidTable(int map, int64_t epoch_offset) : map_(map), epoch_offset_(epoch_offset) {}

  // One more than the highest backend id.
  static constexpr uint32_t kBackends = 65536;

  // Fills `rows` with the CIDs of most packets, the most first, and `backend_cids` (kBackends of them) with how
  // many CIDs name each backend. Returns how many CIDs the map holds. Throws CaptureError.
  uint32_t top(qt_cid_row* rows, uint32_t limit, uint32_t* backend_cids);

 private:
  void read();

  int map_;
  int64_t epoch_offset_;
  // Kept from call to call, so that a call allocates nothing.
  std::vector<qt_cid> cids_;
  std::vector<qt_cid_count> counts_;
  std::vector<uint32_t> order_;
  uint32_t size_ = 0;
};

#endif
