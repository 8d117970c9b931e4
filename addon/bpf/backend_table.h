// Reads the programs' backend_counter map: what was counted of each backend, by one system call.
#ifndef QUIC_TOP_BACKEND_TABLE_H
#define QUIC_TOP_BACKEND_TABLE_H

#include <cstdint>
#include <vector>

#include "cid/cid_reader.h"
#include "recorder/recorder_layout.h"

class BackendTable {
 public:
  // `map` is the descriptor of backend_counter. `reader` must outlive this.
  BackendTable(int map, CidReader* reader);

  // Fills `rows`, as many as there is room for, in no order; returns how many. A backend of which a reader
  // cannot have a handle is left out. Throws CaptureError.
  uint32_t read(qt_backend_row* rows, uint32_t limit);

 private:
  int map_;
  CidReader* reader_;
  uint32_t entries_;
  size_t cpus_;
  // Kept from call to call, once it is asked.
  std::vector<qt_backend> backends_;
  std::vector<qt_backend_count> counts_;  // a value of each CPU for each backend
};

#endif
