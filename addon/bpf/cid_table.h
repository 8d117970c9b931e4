// Reads the program's cid_counter map: thousands of entries by a few system calls.
#ifndef QUIC_TOP_CID_TABLE_H
#define QUIC_TOP_CID_TABLE_H

#include <cstdint>
#include <vector>

#include "cid/cid_reader.h"
#include "recorder/recorder_layout.h"

class CidTable {
 public:
  // `map` is the descriptor of cid_counter. `reader`, which reads by `schemes`, must outlive this.
  // `epoch_offset` plus CLOCK_MONOTONIC is time since qt_recorder.epoch.
  CidTable(int map, CidReader* reader, const CidSchemes& schemes, int64_t epoch_offset)
      : map_(map), reader_(reader), opened_(schemes), epoch_offset_(epoch_offset) {}

  struct Sizes {
    uint32_t cids;      // that the map holds
    uint32_t backends;  // of which CIDs were counted, at most as many as there was room for
  };
  // Fills `rows` with the CIDs of most packets, the most first, and `backends` with those that most CIDs name.
  // Throws CaptureError.
  Sizes top(qt_cid_row* rows, uint32_t limit, qt_backend_cids* backends, uint32_t backends_limit);

 private:
  void read();
  uint32_t count_backends(qt_backend_cids* backends, uint32_t limit);

  int map_;
  CidReader* reader_;
  OpenedCids opened_;
  int64_t epoch_offset_;
  // Kept from call to call, so that a call allocates nothing.
  std::vector<qt_cid> cids_;
  std::vector<qt_cid_count> counts_;
  std::vector<uint32_t> order_;
  std::vector<uint64_t> named_;  // layout and backend of each CID that names one
  std::vector<qt_backend_cids> counted_;
  uint32_t size_ = 0;
};

#endif
