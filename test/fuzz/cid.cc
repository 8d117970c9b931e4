// Any bytes as layouts and connection IDs: the first layout that fits is the one that reads, nothing behind the
// CID changes what it says, and every number is what a reader of single bits finds. Of encrypted ones in what
// their cipher opens, which is the same however often it is asked.
#include "cid.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <vector>

#include "cid/cid_reader.h"
#include "parse.h"

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
  layout.sealed = bytes[12] % 4 == 0 && layout.least > 2 ? 2 + bytes[12] / 4 % (layout.least - 2) : 0;
  if (layout.least > 1) {
    layout.checks = bytes[13] % 4;
    layout.check_byte = bytes[13] / 4 % (layout.least - 1);
    layout.check_values = bytes[14];
    for (uint32_t i = 0; i < 3; i++) layout.check_masks[i] = bytes[14 - i] << 8 | bytes[13 - i];
  }
  layout.worker_mask = bytes[15];
  layout.workers = bytes[14] % 32;
  auto part = [&](uint8_t place, uint8_t size, uint32_t most, uint8_t* bit, uint8_t* bits) {
    *bits = size % (std::min(8u * layout.least, most) + 1);
    *bit = place % (8u * layout.least - *bits + 1);
  };
  part(bytes[6], bytes[7], 8 * QT_SERVER_ID_MAX, &layout.id_bit, &layout.id_bits);
  part(bytes[8], bytes[9], 32, &layout.worker_bit, &layout.worker_bits);
  part(bytes[10], bytes[11], 32, &layout.process_bit, &layout.process_bits);
  auto reversed = [&](uint8_t flag, uint8_t bits) {
    if (bytes[15] & flag && bits % 8 == 0 && bits <= 32) layout.flags |= flag;
  };
  reversed(QT_LAYOUT_LITTLE_ID, layout.id_bits);
  reversed(QT_LAYOUT_LITTLE_WORKER, layout.worker_bits);
  reversed(QT_LAYOUT_LITTLE_PROCESS, layout.process_bits);
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

// The same with its bytes in reverse order.
qt_server_id turned(qt_server_id id, bool reversed) {
  if (reversed) std::reverse(id.bytes + QT_SERVER_ID_MAX - id.length, id.bytes + QT_SERVER_ID_MAX);
  return id;
}

bool checks_hold(const qt_cid_layout& layout, const uint8_t* cid) {
  for (uint32_t i = 0; i < layout.checks; i++) {
    uint32_t ones = 0;
    for (uint32_t bit = 0; bit < 16; bit++) {
      bool set = cid[layout.check_byte + bit / 8] >> (7 - bit % 8) & 1;
      ones += set && layout.check_masks[i] >> (15 - bit) & 1;
    }
    if (ones % 2 != (layout.check_values >> i & 1u)) return false;
  }
  return true;
}

uint32_t last_32_bits(const qt_server_id& id) { return qt_be32(id.bytes + QT_SERVER_ID_MAX - 4); }

std::vector<uint8_t> bytes_of(const qt_server_id& id) { return {id.bytes, id.bytes + QT_SERVER_ID_MAX}; }

}  // namespace

// Sixteen bytes for each layout, then connection IDs: the length of each and its bytes.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t kLayoutBytes = 16, kLayouts = 8;
  CidSchemes schemes;
  CidLayouts& layouts = schemes.layouts;
  if (size < kLayoutBytes * kLayouts) return 0;
  for (size_t i = 0; i < kLayouts; i++) {
    layouts[i] = layout_from(data + kLayoutBytes * i);
    schemes.keys[i].fill(static_cast<uint8_t>(i));  // the first has none
  }
  const uint8_t* end = data + size;
  data += kLayoutBytes * kLayouts;
  static OpenedCids opened{CidSchemes{}};
  opened = OpenedCids(schemes);

  qt_server_id table[kPlaces] = {};
  CidReader reader(schemes, table, kPlaces);
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
             (cid[0] & layout.first_mask) == layout.first_value && checks_hold(layout, cid);
    });
    CidMeaning meaning = reader.read(cid, length, true, false, &opened);
    CidMeaning again = reader.read(other, length, true, false, &opened);
    require(meaning.layout == again.layout && meaning.names_server == again.names_server);
    require(meaning.backend == again.backend && meaning.queue == again.queue);
    if (fits == layouts.end()) {
      require(meaning.layout == 0 && !meaning.names_server);
      continue;
    }
    if (fits->unroutable != QT_ROUTABLE) {
      require(meaning.layout == fits - layouts.begin() + 1 && !meaning.names_server);
      continue;
    }
    if (fits->sealed > 0 && fits == layouts.begin()) {
      require(meaning.layout == 0 && meaning.not_opened && !meaning.names_server);
      continue;
    }
    require(meaning.layout == fits - layouts.begin() + 1 && !meaning.not_opened);
    if (fits->sealed > 0) CidCipher(schemes.keys[meaning.layout - 1]).open(cid, fits->sealed);
    auto part = [&](uint8_t bit, uint8_t bits, uint8_t flag) {
      return turned(bit_by_bit(cid, bit, bits), fits->flags & flag);
    };
    qt_server_id id = part(fits->id_bit, fits->id_bits, QT_LAYOUT_LITTLE_ID);
    uint32_t worker = last_32_bits(part(fits->worker_bit, fits->worker_bits, QT_LAYOUT_LITTLE_WORKER));
    if (fits->worker_mask) worker &= fits->worker_mask;
    if (fits->workers) worker %= fits->workers;
    require(meaning.worker == worker);
    require(meaning.process ==
            last_32_bits(part(fits->process_bit, fits->process_bits, QT_LAYOUT_LITTLE_PROCESS)));
    if (fits->id_bits <= QT_HANDLE_BITS) {
      require(meaning.names_server == (fits->id_bits > 0));
      require(!meaning.names_server || meaning.backend == last_32_bits(id));
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
