#include "quic/initial_connection.h"

#include <algorithm>

namespace {

// Server CIDs remembered of a connection; each is one lookup key of the table.
constexpr size_t kMostServerCids = 8;
// Two sides, at most two sources; and versions, which a hostile packet could go through.
constexpr size_t kMostKeys = 8;

}  // namespace

bool InitialConnection::is_server_cid(const qt_cid& cid) const {
  return !(cid == first_dcid_) &&
         std::find(server_cids_.begin(), server_cids_.end(), cid) != server_cids_.end();
}

bool InitialConnection::add_server_cid(const qt_cid& cid) {
  bool known = std::find(server_cids_.begin(), server_cids_.end(), cid) != server_cids_.end();
  if (cid.length == 0 || known || server_cids_.size() >= kMostServerCids) return false;
  server_cids_.push_back(cid);
  return true;
}

bool InitialConnection::take_retry(const qt_cid& scid) {
  if (retry_source_) return false;
  retry_source_ = scid;
  return true;
}

InitialKeys InitialConnection::keys_of(Side side, const VersionKeys* version, const qt_cid& source) {
  for (const KnownKeys& known : keys_) {
    if (known.side == side && known.version == version && known.source == source) return known.keys;
  }
  KnownKeys made = {side, version, source, derive_initial_keys(*version, bytes_of(source), side)};
  if (keys_.size() < kMostKeys) keys_.push_back(made);
  return made.keys;
}

int64_t InitialConnection::open(Side side, const VersionKeys* version, Bytes packet, size_t number_offset,
                                uint8_t* out, qt_cid* key_source) {
  int64_t& largest = largest_[side == Side::kServer];
  for (const qt_cid* source : {retry_source_ ? &*retry_source_ : nullptr, &first_dcid_}) {
    if (!source) continue;
    int64_t number = open_initial(keys_of(side, version, *source), packet, number_offset, largest, out);
    if (number < 0) continue;
    largest = std::max(largest, number);
    *key_source = *source;
    return number;
  }
  return -1;
}
