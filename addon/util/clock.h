// The kernel's clocks as plain numbers.
#ifndef QUIC_TOP_CLOCK_H
#define QUIC_TOP_CLOCK_H

#include <cstdint>
#include <ctime>

constexpr uint64_t kMillisecond = 1'000'000, kSecond = 1'000'000'000;  // in nanoseconds

// What the clock shows, in nanoseconds.
inline int64_t nanoseconds(clockid_t clock) {
  timespec now;
  clock_gettime(clock, &now);
  return static_cast<int64_t>(now.tv_sec * kSecond + now.tv_nsec);
}

#endif
