// A hash table of a fixed size, for what may be forgotten: a newer entry takes the place of an older one.
#ifndef QUIC_TOP_BOUNDED_MAP_H
#define QUIC_TOP_BOUNDED_MAP_H

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <type_traits>

#include "util/keyed_hash.h"

template <size_t kWords, typename Value>
class BoundedMap {
 public:
  using Key = typename KeyedHash<kWords>::Key;

  // Holds at most `entries`, a power of two and at least kWays. Memory is taken as they come.
  explicit BoundedMap(size_t entries)
      : buckets_(static_cast<Bucket*>(calloc(entries / kWays, sizeof(Bucket)))), mask_(entries / kWays - 1) {
    if (!buckets_) throw std::bad_alloc();
  }

  // Null: there is none. Good until the next entry comes.
  const Value* find(const Key& key) const {
    uint32_t tag = tag_of(key);
    const Bucket& bucket = buckets_[tag & mask_];
    size_t way = way_of(bucket, tag, key);
    return way < kWays ? &bucket.entries[way].value : nullptr;
  }

  // The value of that key; where there was none, a new one. Good until the next call.
  Value& operator[](const Key& key) {
    uint32_t tag = tag_of(key);
    Bucket& bucket = buckets_[tag & mask_];
    size_t way = way_of(bucket, tag, key);
    if (way == kWays) {
      way = bucket.next++ % kWays;
      bucket.tags[way] = tag;
      bucket.entries[way] = {key, Value{}};
    }
    return bucket.entries[way].value;
  }

 private:
  static constexpr size_t kWays = 8;
  struct Entry {
    Key key;
    Value value;
  };
  struct Bucket {
    uint32_t tags[kWays];  // of the entries, in the first cache line; 0: that one is free
    uint32_t next;         // which of them came first, modulo kWays, once all are taken
    Entry entries[kWays];
  };
  static_assert(std::is_trivially_copyable_v<Bucket>, "it begins as zeros and ends without a destructor");

  // The hash, and never 0.
  uint32_t tag_of(const Key& key) const {
    auto hash = static_cast<uint32_t>(hash_(key));
    return hash != 0 ? hash : 1;
  }
  // The place of the key's entry; kWays: there is none.
  static size_t way_of(const Bucket& bucket, uint32_t tag, const Key& key) {
    size_t way = 0;
    while (way < kWays && (bucket.tags[way] != tag || bucket.entries[way].key != key)) way++;
    return way;
  }

  struct Free {
    void operator()(Bucket* buckets) const { free(buckets); }
  };

  KeyedHash<kWords> hash_;
  std::unique_ptr<Bucket[], Free> buckets_;
  size_t mask_;
};

#endif
