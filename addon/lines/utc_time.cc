#include "lines/utc_time.h"

#include <cstring>
#include <ctime>

#include "util/clock.h"

char* UtcTime::write(uint64_t time, char* out) {
  // Each is below 2^64 ns, their sum need not be. It is before the year 3140.
  uint64_t nanoseconds = epoch_ % kSecond + time % kSecond;
  uint64_t second = epoch_ / kSecond + time / kSecond + nanoseconds / kSecond;
  if (second != second_) {
    auto seconds = static_cast<time_t>(second);
    tm utc;
    gmtime_r(&seconds, &utc);
    strftime(text_, sizeof(text_), "%Y-%m-%dT%H:%M:%S.", &utc);
    second_ = second;
  }
  constexpr size_t kWhole = sizeof(text_) - 1;
  memcpy(out, text_, kWhole);
  out += kWhole;
  nanoseconds %= kSecond;
  for (int i = 8; i >= 0; i--, nanoseconds /= 10) out[i] = static_cast<char>('0' + nanoseconds % 10);
  out[9] = 'Z';
  return out + 10;
}
