#include "bpf/counters.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <cerrno>
#include <vector>

#include "bpf/bpf_info.h"
#include "util/capture_error.h"

namespace {

constexpr int kCounterTries = 100;

// Per-CPU arrays are read in one call since Linux 5.13; before, by a call for each key. `values` has an element
// for each key and CPU. Throws CaptureError.
void read_values(int map, std::vector<qt_count>& values) {
  size_t cpus = values.size() / QT_COUNTERS;
  uint32_t keys[QT_COUNTERS], next, count = QT_COUNTERS;
  LIBBPF_OPTS(bpf_map_batch_opts, options);
  int error = bpf_map_lookup_batch(map, nullptr, &next, keys, values.data(), &count, &options);
  if (!error || error == -ENOENT) return;  // an array's keys come in order; ENOENT: there are no more
  for (uint32_t key = 0; key < QT_COUNTERS; key++) {
    if (bpf_map_lookup_elem(map, &key, &values[key * cpus])) throw system_error("read the counters", errno);
  }
}

}  // namespace

Counters read_counters(int map) {
  uint32_t cpus = possible_cpus();
  std::vector<qt_count> values(size_t{QT_COUNTERS} * cpus);
  Counters sums = {};
  for (int i = 0; i < kCounterTries; i++) {
    read_values(map, values);
    sums = {};
    for (size_t k = 0; k < values.size(); k++) {
      sums[k / cpus].packets += values[k].packets;
      sums[k / cpus].bytes += values[k].bytes;
    }
    uint64_t fates = 0;
    for (uint32_t fate = QT_NOT_IP; fate <= QT_LONG_HEADER; fate++) fates += sums[fate].packets;
    if (fates == sums[QT_FRAMES].packets) break;  // else a CPU was between the two
  }
  return sums;
}

Counters since(Counters now, const Counters& before) {
  for (uint32_t i = 0; i < QT_COUNTERS; i++) {
    now[i].packets -= before[i].packets;
    now[i].bytes -= before[i].bytes;
  }
  return now;
}
