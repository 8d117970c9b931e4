#include "cid/cid_reader.h"

#include <cstring>

#include "cid.h"

CidReader::CidReader(const CidSchemes& schemes, qt_server_id* table, uint32_t places)
    : layouts_(schemes.layouts), table_(table), places_(places), slots_(2 * size_t{places}) {}

CidMeaning CidReader::read(const uint8_t* cid, uint32_t length, bool learn, bool by_retry, OpenedCids* opened) {
  qt_cid_meaning found;
  qt_read_cid(layouts_.data(), cid, length, &found);
  CidMeaning meaning;
  if (found.layout == 0) return meaning;
  const qt_cid_layout& layout = layouts_[found.layout - 1];
  if (by_retry && !(layout.flags & QT_LAYOUT_IN_RETRY)) return meaning;
  if (found.sealed) {
    auto [bytes, is_new] = opened->open(found.layout - 1, cid, length);
    meaning.not_opened = bytes == nullptr;
    if (meaning.not_opened) return meaning;
    qt_read_parts(&layout, bytes, &found);
    meaning.newly_opened = is_new && found.has_id;
    meaning.route = qt_server_id_end(&found);
    cid = bytes;
  }
  meaning.layout = found.layout;
  meaning.worker = found.worker;
  meaning.process = found.process;
  if (!qt_names_server(&found)) return meaning;
  meaning.queue = found.backend % QT_QUEUES;
  meaning.backend = found.backend;
  meaning.names_server = true;
  if (layout.id_bits <= QT_HANDLE_BITS) return meaning;
  qt_server_id id;
  qt_read_server_id(&layout, cid, &id);
  std::optional<uint32_t> place = handle(id, learn);
  meaning.names_server = place.has_value();
  meaning.beyond_table = learn && !place;
  meaning.backend = place.value_or(0);
  return meaning;
}

std::optional<uint32_t> CidReader::handle_of(uint32_t layout, uint64_t server_id) {
  if (layout == 0 || layout > layouts_.size()) return std::nullopt;
  uint32_t bits = layouts_[layout - 1].id_bits;
  if (bits <= QT_HANDLE_BITS) return server_id;
  if (bits > 64) return std::nullopt;
  qt_server_id id = {};
  id.length = (bits + 7) / 8;
  for (uint32_t i = 0; i < id.length; i++) id.bytes[QT_SERVER_ID_MAX - 1 - i] = server_id >> (8 * i);
  return handle(id, true);
}

// The id's place in the table, which it gets if it is to be learned and there is one left.
std::optional<uint32_t> CidReader::handle(const qt_server_id& id, bool learn) {
  size_t slot;
  std::optional<uint32_t> known = find(id, &slot);
  if (known || !learn) return known;
  std::lock_guard<std::mutex> lock(adding_);
  std::optional<uint32_t> place = find(id, &slot);  // another thread may have added it
  if (place || taken_ == places_) return place;
  table_[taken_] = id;
  slots_[slot].store(taken_ + 1, std::memory_order_release);
  return taken_++;
}

// Its place, if it has one; else `slot` is the one that it may take.
std::optional<uint32_t> CidReader::find(const qt_server_id& id, size_t* slot) const {
  if (places_ == 0) return std::nullopt;
  // Half of the slots are free at least: the search ends.
  KeyedHash<sizeof(qt_server_id) / 4>::Key key;
  memcpy(key.data(), &id, sizeof(id));
  for (*slot = hash_(key) % slots_.size();; *slot = (*slot + 1) % slots_.size()) {
    uint32_t place = slots_[*slot].load(std::memory_order_acquire);
    if (place == 0) return std::nullopt;
    if (memcmp(&table_[place - 1], &id, sizeof(id)) == 0) return place - 1;
  }
}
