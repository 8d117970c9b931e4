// Writes to the program's cid_backend_map what connection IDs name that were opened with a key: from its next
// packet on the programs know such a CID. For one drain thread.
#ifndef QUIC_TOP_CID_ROUTES_H
#define QUIC_TOP_CID_ROUTES_H

#include <cstdint>
#include <vector>

#include "recorder/recorder.h"

class CidRoutes : public OpenedCidListener {
 public:
  // `map` is the descriptor of cid_backend_map.
  explicit CidRoutes(int map) : map_(map) {}

  void opened(const uint8_t* cid, uint8_t length, uint64_t server_id) override;

  // Writes what was opened since the last call, by one system call.
  void write();

 private:
  int map_;
  std::vector<qt_cid> cids_;
  std::vector<qt_cid_backend> backends_;
};

#endif
