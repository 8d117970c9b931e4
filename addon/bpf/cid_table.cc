#include "bpf/cid_table.h"

#include <bpf/bpf.h>

#include <algorithm>

#include "quic.h"
#include "util/capture_error.h"

namespace {

constexpr uint32_t kBatch = 4096;

}  // namespace

void CidTable::read() {
  uint32_t position = 0;
  bool first = true;
  size_ = 0;
  for (;;) {
    if (cids_.size() < size_ + kBatch) {
      cids_.resize(size_ + kBatch);
      counts_.resize(size_ + kBatch);
    }
    uint32_t count = kBatch;
    int error = bpf_map_lookup_batch(map_, first ? nullptr : &position, &position, &cids_[size_],
                                     &counts_[size_], &count, nullptr);
    first = false;
    if (error && error != -ENOENT) throw system_error("read cid_counter", -error);
    size_ += count;
    if (error == -ENOENT) return;  // that was the last batch
  }
}

uint32_t CidTable::top(qt_cid_row* rows, uint32_t limit, uint32_t* backend_cids) {
  read();
  limit = std::min(limit, size_);
  order_.resize(size_);
  std::fill_n(backend_cids, kBackends, 0);
  for (uint32_t i = 0; i < size_; i++) {
    order_[i] = i;
    __u16 backend;
    if (qt_cidv1_backend(&cids_[i], &backend)) backend_cids[backend]++;
  }
  std::partial_sort(order_.begin(), order_.begin() + limit, order_.end(),
                    [this](uint32_t a, uint32_t b) { return counts_[a].packets > counts_[b].packets; });
  for (uint32_t i = 0; i < limit; i++) {
    const qt_cid& cid = cids_[order_[i]];
    const qt_cid_count& count = counts_[order_[i]];
    qt_cid_row row = {};
    row.cid = cid;
    row.has_backend = qt_cidv1_backend(&cid, &row.backend);
    row.packets = count.packets;
    row.bytes = count.bytes;
    row.first_seen = static_cast<int64_t>(count.first_seen) + epoch_offset_;
    row.last_seen = static_cast<int64_t>(count.last_seen) + epoch_offset_;
    rows[i] = row;
  }
  return size_;
}
