#include "quic/connection_table.h"

#include <algorithm>
#include <cstring>

namespace {

// Behind the longest CID: a path is no CID.
constexpr uint32_t kPath = QT_CID_MAX + 1;

ConnectionKey key_of(const qt_cid& cid) {
  ConnectionKey key = {cid.length};
  memcpy(&key[1], cid.bytes, sizeof(cid.bytes));
  return key;
}

ConnectionKey key_of(const qt_path& path) {
  ConnectionKey key = {kPath};
  static_assert(sizeof(qt_path) == sizeof(key) - sizeof(key[0]));
  memcpy(&key[1], &path, sizeof(path));
  return key;
}

}  // namespace

ConnectionTable::ConnectionTable(uint32_t capacity) : capacity_(std::max<uint32_t>(capacity, 1)) {}

void ConnectionTable::insert(Index* index, const ConnectionKey& key, uint32_t place) {
  List& list = (*index)[key];
  auto end = list.places.begin() + list.count;
  if (std::find(list.places.begin(), end, place) != end) return;
  list.count = std::min(list.count + 1, kMostPerKey);
  std::copy_backward(list.places.begin(), list.places.begin() + list.count - 1,
                     list.places.begin() + list.count);
  list.places[0] = place;
}

void ConnectionTable::erase(Index* index, const ConnectionKey& key, uint32_t place) {
  auto found = index->find(key);
  if (found == index->end()) return;
  List& list = found->second;
  auto end = std::remove(list.places.begin(), list.places.begin() + list.count, place);
  list.count = static_cast<uint32_t>(end - list.places.begin());
  if (list.count == 0) index->erase(found);
}

const ConnectionTable::List& ConnectionTable::find(const Index& index, const ConnectionKey& key) {
  static const List kNone = {};
  auto found = index.find(key);
  return found == index.end() ? kNone : found->second;
}

ConnectionKey ConnectionTable::client_key(const qt_cid& cid, const qt_path& path) {
  return cid.length > 0 ? key_of(cid) : key_of(path);
}

uint32_t ConnectionTable::add(const InitialConnection& connection) {
  uint32_t place = next_;
  next_ = (next_ + 1) % capacity_;
  if (place < ring_.size()) {
    remove(place);
    dropped_++;
    ring_[place] = connection;
  } else {
    ring_.push_back(connection);
  }
  // Empty CIDs tell nothing apart.
  if (connection.first_dcid().length > 0) insert(&by_dcid_, key_of(connection.first_dcid()), place);
  insert(&by_client_, client_key(connection.client_cid(), connection.path()), place);
  return place;
}

void ConnectionTable::remove(uint32_t place) {
  const InitialConnection& connection = ring_[place];
  erase(&by_dcid_, key_of(connection.first_dcid()), place);
  for (const qt_cid& cid : connection.server_cids()) erase(&by_dcid_, key_of(cid), place);
  erase(&by_client_, client_key(connection.client_cid(), connection.path()), place);
}

void ConnectionTable::add_server_cid(uint32_t place, const qt_cid& cid) {
  if (ring_[place].add_server_cid(cid)) insert(&by_dcid_, key_of(cid), place);
}

template <typename Matches>
ConnectionTable::Candidates ConnectionTable::choose(const List& list, const qt_path& path, uint32_t most,
                                                    Matches matches) const {
  Candidates candidates;
  for (bool here : {true, false}) {
    for (uint32_t i = 0; i < list.count && candidates.count < most; i++) {
      const InitialConnection& connection = ring_[list.places[i]];
      if ((connection.path() == path) == here && matches(connection))
        candidates.places[candidates.count++] = list.places[i];
    }
  }
  return candidates;
}

ConnectionTable::Candidates ConnectionTable::of_client(const qt_cid& dcid, const qt_cid& scid,
                                                       const qt_path& path) const {
  Candidates known =
      choose(find(by_dcid_, key_of(dcid)), path, kMostCandidates, [&](const InitialConnection& connection) {
        bool same_client = connection.client_cid() == scid;
        bool same_path = connection.path() == path;
        if (connection.is_server_cid(dcid)) return same_client || same_path;
        // Two clients can choose one DCID. Those that also have no SCID are told apart
        // by where they are.
        return same_client && (scid.length > 0 || same_path);
      });
  // The server's packet that changed the DCID was not seen, or it has no CID. As a rule the packet is the first
  // of a connection: the keys of one other are enough.
  return known.count > 0 ? known : of_client_cid(scid, path, 1);
}

ConnectionTable::Candidates ConnectionTable::on_path(const qt_cid& scid, const qt_path& path) const {
  Candidates newest = of_client_cid(scid, path, 1);
  if (newest.count > 0 && !(ring_[newest.places[0]].path() == path)) newest.count = 0;
  return newest;
}

ConnectionTable::Candidates ConnectionTable::of_server(const qt_cid& dcid, const qt_path& path) const {
  return of_client_cid(dcid, path, kMostCandidates);
}

ConnectionTable::Candidates ConnectionTable::of_client_cid(const qt_cid& cid, const qt_path& path,
                                                           uint32_t most) const {
  return choose(find(by_client_, client_key(cid, path)), path, most, [](const auto&) { return true; });
}
