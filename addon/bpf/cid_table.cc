#include "bpf/cid_table.h"

#include <bpf/bpf.h>

#include <algorithm>
#include <numeric>

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

uint32_t CidTable::count_backends(qt_backend_cids* backends, uint32_t limit) {
  named_.clear();
  for (uint32_t i = 0; i < size_; i++) {
    CidMeaning meaning = reader_->read(cids_[i].bytes, cids_[i].length, false, false, &opened_);
    if (meaning.names_server) named_.push_back(uint64_t{meaning.layout} << 32 | meaning.backend);
  }
  std::sort(named_.begin(), named_.end());
  counted_.clear();
  for (size_t i = 0; i < named_.size(); i++) {
    if (i == 0 || named_[i] != named_[i - 1])
      counted_.push_back({static_cast<uint32_t>(named_[i] >> 32), static_cast<uint32_t>(named_[i]), 0});
    counted_.back().cids++;
  }
  limit = std::min<uint32_t>(limit, counted_.size());
  std::partial_sort_copy(counted_.begin(), counted_.end(), backends, backends + limit,
                         [](const auto& a, const auto& b) { return a.cids > b.cids; });
  return limit;
}

CidTable::Sizes CidTable::top(qt_cid_row* rows, uint32_t limit, qt_backend_cids* backends,
                              uint32_t backends_limit) {
  read();
  limit = std::min(limit, size_);
  order_.resize(size_);
  std::iota(order_.begin(), order_.end(), 0);
  std::partial_sort(order_.begin(), order_.begin() + limit, order_.end(),
                    [this](uint32_t a, uint32_t b) { return counts_[a].packets > counts_[b].packets; });
  for (uint32_t i = 0; i < limit; i++) {
    const qt_cid& cid = cids_[order_[i]];
    const qt_cid_count& count = counts_[order_[i]];
    CidMeaning meaning = reader_->read(cid.bytes, cid.length, false, false, &opened_);
    qt_cid_row row = {};
    row.cid = cid;
    row.cid_layout = meaning.layout;
    row.has_backend = meaning.names_server;
    row.backend = meaning.backend;
    row.packets = count.packets;
    row.bytes = count.bytes;
    row.first_seen = static_cast<int64_t>(count.first_seen) + epoch_offset_;
    row.last_seen = static_cast<int64_t>(count.last_seen) + epoch_offset_;
    row.short_packets = count.short_packets;
    rows[i] = row;
  }
  return {size_, count_backends(backends, backends_limit)};
}
