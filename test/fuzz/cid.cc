// Any bytes as layouts and connection IDs: the first layout that fits is the one that reads, nothing behind the
// CID changes what it says, and every number is what a reader of single bits finds.
#include "cid.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <vector>

#include "parse.h"
#include "recorder/cid_reader.h"

namespace {

constexpr uint32_t kPlaces = 8;

void require(bool condition) {
  if (!condition) abort();
}

// A layout as they are configured: its parts lie inside the shortest CID that fits.
qt_cid_layout layout_from(const uint8_t* bytes) {
  qt_cid_layout layout = {};
  layout.scheme = bytes[0] % 4 == 0 ? QT_CID_NONE : QT_CID_CIDV1;
  layout.least = 1 + bytes[1] % QT_CID_MAX;
  layout.most = layout.least + bytes[2] % (QT_CID_MAX - layout.least + 1);
  layout.first_mask = bytes[3];
  layout.first_value = bytes[4] & bytes[3];
  layout.unroutable = bytes[5] % 8 == 0;
  auto part = [&](uint8_t place, uint8_t size, uint32_t most, uint8_t* bit, uint8_t* bits) {
    *bits = size % (std::min(8u * layout.least, most) + 1);
    *bit = place % (8u * layout.least - *bits + 1);
  };
  part(bytes[6], bytes[7], 8 * QT_SERVER_ID_MAX, &layout.id_bit, &layout.id_bits);
  part(bytes[8], bytes[9], 32, &layout.worker_bit, &layout.worker_bits);
  part(bytes[10], bytes[11], 32, &layout.process_bit, &layout.process_bits);
  return layout;
}

// The bits as an id, right-aligned, one after the other.
qt_server_id bit_by_bit(const uint8_t* cid, uint32_t bit, uint32_t bits) {
  qt_server_id id = {};
  id.length = (bits + 7) / 8;
  for (uint32_t i = 0; i < bits; i++) {
    uint32_t from = bit + i, to = 8 * QT_SERVER_ID_MAX - bits + i;
    if (cid[from / 8] >> (7 - from % 8) & 1) id.bytes[to / 8] |= 0x80 >> to % 8;
  }
  return id;
}

uint32_t last_32_bits(const qt_server_id& id) { return qt_be32(id.bytes + QT_SERVER_ID_MAX - 4); }

std::vector<uint8_t> bytes_of(const qt_server_id& id) { return {id.bytes, id.bytes + QT_SERVER_ID_MAX}; }

}  // namespace

// Twelve bytes for each layout, then connection IDs: the length of each and its bytes.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t kLayoutBytes = 12;
  CidLayouts layouts;
  if (size < kLayoutBytes * layouts.size()) return 0;
  for (size_t i = 0; i < layouts.size(); i++) layouts[i] = layout_from(data + kLayoutBytes * i);
  const uint8_t* end = data + size;
  data += kLayoutBytes * layouts.size();

  qt_server_id table[kPlaces] = {};
  CidReader reader(layouts, table, kPlaces);
  std::map<std::vector<uint8_t>, uint32_t> handles;  // of ids that are longer than a handle
  while (data < end) {
    uint32_t length = *data++ % (QT_CID_MAX + 1);
    if (length > end - data) break;
    uint8_t cid[QT_CID_MAX], other[QT_CID_MAX];
    std::fill_n(cid, QT_CID_MAX, 0);
    std::fill_n(other, QT_CID_MAX, 0xff);
    std::copy_n(data, length, cid);
    std::copy_n(data, length, other);
    data += length;

    const auto* fits = std::find_if(layouts.begin(), layouts.end(), [&](const qt_cid_layout& layout) {
      return layout.scheme != QT_CID_NONE && length >= layout.least && length <= layout.most &&
             (cid[0] & layout.first_mask) == layout.first_value;
    });
    CidMeaning meaning = reader.read(cid, length, true);
    CidMeaning again = reader.read(other, length, true);
    require(meaning.layout == again.layout && meaning.names_server == again.names_server);
    require(meaning.backend == again.backend && meaning.queue == again.queue);
    if (fits == layouts.end()) {
      require(meaning.layout == 0 && !meaning.names_server);
      continue;
    }
    require(meaning.layout == fits - layouts.begin() + 1);
    qt_cid_meaning found;
    qt_read_cid(layouts.data(), cid, length, &found);
    qt_server_id id = bit_by_bit(cid, fits->id_bit, fits->id_bits);
    require(found.backend == last_32_bits(id));
    require(found.worker == last_32_bits(bit_by_bit(cid, fits->worker_bit, fits->worker_bits)));
    require(found.process == last_32_bits(bit_by_bit(cid, fits->process_bit, fits->process_bits)));
    if (fits->unroutable != QT_ROUTABLE) {
      require(!meaning.names_server);
      continue;
    }
    if (fits->id_bits <= QT_HANDLE_BITS) {
      require(meaning.names_server && meaning.backend == found.backend);
      continue;
    }
    // An id has one handle, and a handle one id; who comes when all are taken has none.
    auto key = bytes_of(id);
    key.push_back(id.length);
    auto known = handles.find(key);
    require(meaning.names_server == (known != handles.end() || handles.size() < kPlaces));
    require(meaning.beyond_table == !meaning.names_server);
    if (!meaning.names_server) continue;
    handles.emplace(key, meaning.backend);
    require(handles[key] == meaning.backend && meaning.backend < kPlaces);
    require(table[meaning.backend].length == id.length && bytes_of(table[meaning.backend]) == bytes_of(id));
  }
  return 0;
}
