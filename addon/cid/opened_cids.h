// Encrypted connection IDs that were opened last: each is opened once, however many packets carry it. For one
// thread.
#ifndef QUIC_TOP_OPENED_CIDS_H
#define QUIC_TOP_OPENED_CIDS_H

#include <cstdint>
#include <vector>

#include "cid/cid_cipher.h"
#include "cid/cid_layouts.h"
#include "util/keyed_hash.h"

class OpenedCids {
 public:
  explicit OpenedCids(const CidSchemes& schemes);

  struct Opened {
    const uint8_t* cid;  // all of it, opened; null: there is no key, or it is one too many
    bool is_new;         // it was not remembered
  };
  // A CID that the layout fits, which has encrypted bytes. What it returns is good until the next call.
  Opened open(uint32_t layout, const uint8_t* cid, uint32_t length);

  // From here on so many are opened in a second at most. `time` is nanoseconds, of the next packets.
  void limit(uint32_t per_second, uint64_t time);

 private:
  struct Entry {
    qt_cid cid;  // the length is 0: it is free
    uint8_t layout;
    uint8_t opened[QT_CID_MAX];
  };
  static constexpr size_t kKeyWords = 6;

  CidLayouts layouts_;
  std::array<CidCipher, QT_CID_LAYOUTS> ciphers_;
  std::array<bool, QT_CID_LAYOUTS> has_key_ = {};
  KeyedHash<kKeyWords> hash_;
  std::vector<Entry> entries_;  // by their hash; a newer one takes the place of an older one
  uint64_t allowed_ = UINT64_MAX;
  uint64_t slice_ = 0;
};

#endif
