// Reads connection IDs, and gives each backend that they name 32 bits for records and tables (its handle: see
// qt_record.backend).
#ifndef QUIC_TOP_CID_READER_H
#define QUIC_TOP_CID_READER_H

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "cid/cid_layouts.h"
#include "cid/opened_cids.h"
#include "recorder/recorder_layout.h"
#include "util/keyed_hash.h"

// What a connection ID says.
struct CidMeaning {
  uint8_t layout = 0;         // 1 + index of the layout that fits, 0: none does
  bool names_server = false;  // then, and only then, `queue` and `backend` mean something
  uint8_t queue = 0;          // the server id's last byte % QT_QUEUES
  uint32_t backend = 0;       // its handle
  uint32_t worker = 0;        // where the layout has one
  uint32_t process = 0;       // the same
  bool beyond_table = false;  // it names one that was to be learned, and there was no handle left
  bool not_opened = false;    // a layout fits, but the CID is encrypted and was not opened
  bool newly_opened = false;  // by a key, and this is the first packet of it: `route` is what it names
  uint64_t route = 0;         // the server id's last 64 bits
};

// For any number of threads.
class CidReader {
 public:
  // `table` has `places` places for server ids of more than 32 bits, in the recorder's memory; all are free.
  CidReader(const CidSchemes& schemes, qt_server_id* table, uint32_t places);

  // `cid` has room for QT_CID_MAX bytes. `learn`: a server chose it, so an id of more than 32 bits that is not
  // in the table gets a place. Of others it is chance, and only looked up: the places are few. `by_retry`: it
  // is the SCID of a Retry, which says nothing in most schemes. `opened` is the calling thread's, of the same
  // schemes.
  CidMeaning read(const uint8_t* cid, uint32_t length, bool learn, bool by_retry, OpenedCids* opened);

  // The handle of the backend whose server id ends with these 64 bits, as a layout has read it (1 + its index).
  // Nothing: its ids are longer, or no handle is left.
  std::optional<uint32_t> handle_of(uint32_t layout, uint64_t server_id);

 private:
  std::optional<uint32_t> handle(const qt_server_id& id, bool learn);
  std::optional<uint32_t> find(const qt_server_id& id, size_t* slot) const;

  CidLayouts layouts_;
  KeyedHash<sizeof(qt_server_id) / 4> hash_;
  qt_server_id* table_;
  uint32_t places_;
  std::mutex adding_;
  uint32_t taken_ = 0;
  // A hash table of places in `table_`, each plus one; 0 is free. An id is written before its place is, and
  // never changes: it is found without a lock.
  std::vector<std::atomic<uint32_t>> slots_;
};

#endif
