// Times as text.
#ifndef QUIC_TOP_UTC_TIME_H
#define QUIC_TOP_UTC_TIME_H

#include <cstdint>

// Writes times of one recorder as `2026-11-22T12:00:00.123456789Z` (RFC 3339). Neighbours share their second.
class UtcTime {
 public:
  // `epoch` is that of the recorder.
  explicit UtcTime(uint64_t epoch) : epoch_(epoch) {}

  // Writes 30 characters to `out`, without a NUL; returns the end. `time` is in nanoseconds since the epoch.
  char* write(uint64_t time, char* out);

 private:
  uint64_t epoch_;
  uint64_t second_ = UINT64_MAX;
  char text_[sizeof("2026-11-22T12:00:00.")];  // of second_
};

#endif
