// Hashes keys of a few 32-bit words. Nobody who sends packets knows its factors, so nobody can choose keys that
// all fall into one place of a table.
#ifndef QUIC_TOP_KEYED_HASH_H
#define QUIC_TOP_KEYED_HASH_H

#include <sys/random.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>

#include "util/capture_error.h"

template <size_t kWords>
class KeyedHash {
 public:
  using Key = std::array<uint32_t, kWords>;

  // Throws CaptureError.
  KeyedHash() {
    if (getrandom(factors_.data(), sizeof(factors_), 0) != static_cast<ssize_t>(sizeof(factors_)))
      throw system_error("get random numbers", errno);
  }

  // Multilinear: for random factors, any two keys collide as seldom as can be.
  size_t operator()(const Key& key) const {
    uint64_t sum = 0;
    for (size_t i = 0; i < kWords; i++) sum += factors_[i] * key[i];
    return sum >> 32;
  }

 private:
  std::array<uint64_t, kWords> factors_;
};

#endif
