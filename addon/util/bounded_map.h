// A hash table of at most so many entries: for one more the oldest goes.
#ifndef QUIC_TOP_BOUNDED_MAP_H
#define QUIC_TOP_BOUNDED_MAP_H

#include <cstddef>
#include <unordered_map>
#include <vector>

#include "util/keyed_hash.h"

template <size_t kWords, typename Value>
class BoundedMap {
 public:
  using Key = typename KeyedHash<kWords>::Key;

  explicit BoundedMap(size_t capacity) : capacity_(capacity) {}

  // Null: there is none.
  const Value* find(const Key& key) const {
    auto found = entries_.find(key);
    return found == entries_.end() ? nullptr : &found->second;
  }

  // The value of that key; where there was none, a new one. Good until the next call.
  Value& operator[](const Key& key) {
    auto [entry, is_new] = entries_.try_emplace(key);
    if (!is_new) return entry->second;
    if (order_.size() < capacity_) {
      order_.push_back(key);
    } else {
      entries_.erase(order_[oldest_]);
      order_[oldest_] = key;
      oldest_ = (oldest_ + 1) % capacity_;
    }
    return entry->second;
  }

 private:
  size_t capacity_;
  std::unordered_map<Key, Value, KeyedHash<kWords>> entries_;
  std::vector<Key> order_;  // in which they came, a ring once it is full
  size_t oldest_ = 0;
};

#endif
