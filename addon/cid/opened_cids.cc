#include "cid/opened_cids.h"

#include <algorithm>
#include <cstring>

namespace {

constexpr size_t kRemembered = 65536;
constexpr uint64_t kSlicesPerSecond = 100;
constexpr uint64_t kSlice = 1'000'000'000 / kSlicesPerSecond;

}  // namespace

OpenedCids::OpenedCids(const CidSchemes& schemes) : layouts_(schemes.layouts) {
  bool any = false;
  for (size_t i = 0; i < layouts_.size(); i++) {
    if (layouts_[i].sealed == 0) continue;
    has_key_[i] =
        std::any_of(schemes.keys[i].begin(), schemes.keys[i].end(), [](uint8_t byte) { return byte; });
    if (has_key_[i]) ciphers_[i] = CidCipher(schemes.keys[i]);
    any = any || has_key_[i];
  }
  if (any) entries_.resize(kRemembered);
}

OpenedCids::Opened OpenedCids::open(uint32_t layout, const uint8_t* cid, uint32_t length) {
  if (!has_key_[layout]) return {nullptr, false};
  KeyedHash<kKeyWords>::Key key = {};
  key[0] = layout << 8 | length;
  memcpy(&key[1], cid, length);
  Entry& entry = entries_[hash_(key) % entries_.size()];
  if (entry.layout == layout && entry.cid.length == length && memcmp(entry.cid.bytes, cid, length) == 0)
    return {entry.opened, false};
  if (allowed_ == 0) return {nullptr, false};
  allowed_--;
  entry = {};
  entry.layout = static_cast<uint8_t>(layout);
  entry.cid.length = static_cast<uint8_t>(length);
  memcpy(entry.cid.bytes, cid, length);
  memcpy(entry.opened, cid, length);
  ciphers_[layout].open(entry.opened, layouts_[layout].sealed);
  return {entry.opened, true};
}

void OpenedCids::limit(uint32_t per_second, uint64_t time) {
  // Times go back a little where several sources were drained, and any way when the clock was set.
  uint64_t slice = time / kSlice;
  if (slice <= slice_ && slice_ - slice < kSlicesPerSecond) return;
  slice_ = slice;
  allowed_ = per_second / kSlicesPerSecond;
}
