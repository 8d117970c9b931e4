#include "counters.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <cerrno>
#include <vector>

#include "capture_error.h"

namespace {

constexpr int kCounterTries = 100;

}  // namespace

Counters read_counters(int map) {
  uint32_t cpus = libbpf_num_possible_cpus();
  std::vector<qt_count> values(size_t{QT_COUNTERS} * cpus);
  std::vector<uint32_t> keys(QT_COUNTERS);
  Counters sums = {};
  for (int i = 0; i < kCounterTries; i++) {
    uint32_t next, count = QT_COUNTERS;
    LIBBPF_OPTS(bpf_map_batch_opts, options);
    int error = bpf_map_lookup_batch(map, nullptr, &next, keys.data(), values.data(), &count, &options);
    if (error && error != -ENOENT) throw system_error("read the counters", -error);
    sums = {};
    for (uint32_t k = 0; k < count; k++) {
      for (uint32_t cpu = 0; cpu < cpus; cpu++) {
        sums[keys[k]].packets += values[size_t{k} * cpus + cpu].packets;
        sums[keys[k]].bytes += values[size_t{k} * cpus + cpu].bytes;
      }
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
