#include "bpf/backend_table.h"

#include <bpf/bpf.h>

#include <cerrno>
#include <optional>

#include "bpf/bpf_info.h"
#include "util/capture_error.h"

BackendTable::BackendTable(int map, CidReader* reader)
    : map_(map), reader_(reader), entries_(map_entries(map)), cpus_(possible_cpus()) {}

uint32_t BackendTable::read(qt_backend_row* rows, uint32_t limit) {
  uint32_t count = entries_, position;
  backends_.resize(entries_);
  counts_.resize(entries_ * cpus_);
  int error = bpf_map_lookup_batch(map_, nullptr, &position, backends_.data(), counts_.data(), &count, nullptr);
  // ENOENT: those were all.
  if (error && error != -ENOENT) throw system_error("read backend_counter", -error);
  uint32_t filled = 0;
  for (uint32_t i = 0; i < count && filled < limit; i++) {
    std::optional<uint32_t> handle = reader_->handle_of(backends_[i].layout, backends_[i].server_id);
    if (!handle) continue;
    qt_backend_row row = {backends_[i].layout, *handle, {}};
    for (size_t cpu = 0; cpu < cpus_; cpu++) {
      const qt_backend_count& part = counts_[i * cpus_ + cpu];
      row.count.packets += part.packets;
      row.count.bytes += part.bytes;
      row.count.short_packets += part.short_packets;
      row.count.short_bytes += part.short_bytes;
      row.count.ect_packets += part.ect_packets;
      row.count.ce_packets += part.ce_packets;
    }
    rows[filled++] = row;
  }
  return filled;
}
