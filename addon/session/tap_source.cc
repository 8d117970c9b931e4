#include "session/tap_source.h"

#include <linux/bpf.h>
#include <unistd.h>

#include "bpf/bpf_info.h"

namespace {

size_t page_size() { return static_cast<size_t>(sysconf(_SC_PAGESIZE)); }

uint64_t load(const uint8_t* position) {
  return __atomic_load_n(reinterpret_cast<const uint64_t*>(position), __ATOMIC_ACQUIRE);
}

}  // namespace

TapSource::TapSource(int map, uint16_t link_type) : TapSource(map, map_entries(map), link_type) {}

TapSource::TapSource(int map, uint32_t size, uint16_t link_type)
    : map_(map),
      mask_(size - 1),
      link_type_(link_type),
      consumer_("the tap buffer's consumer page", page_size(), PROT_READ | PROT_WRITE, MAP_SHARED, map),
      producer_("the tap buffer", page_size() + 2 * size_t{size}, PROT_READ, MAP_SHARED, map,
                static_cast<off_t>(page_size())),
      data_(producer_.get() + page_size()),
      next_(load(consumer_.get())) {}

void TapSource::discard() {
  next_ = load(producer_.get());
  release();
}

void TapSource::collect(std::vector<Frame>& frames, uint32_t limit, uint64_t until) {
  uint64_t end = load(producer_.get());
  for (uint32_t i = 0; i < limit && next_ < end; i++) {
    const uint8_t* record = data_ + (next_ & mask_);
    uint32_t header = __atomic_load_n(reinterpret_cast<const uint32_t*>(record), __ATOMIC_ACQUIRE);
    if (header & BPF_RINGBUF_BUSY_BIT) return;  // still being written
    uint32_t size = header & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);
    auto* tap = reinterpret_cast<const qt_tap_header*>(record + BPF_RINGBUF_HDR_SZ);
    bool discarded = header & BPF_RINGBUF_DISCARD_BIT;
    if (!discarded && tap->metadata.time > until) return;
    next_ += (uint64_t{size} + BPF_RINGBUF_HDR_SZ + 7) & ~uint64_t{7};
    if (discarded) continue;
    frames.push_back({reinterpret_cast<const uint8_t*>(tap + 1), tap->captured, tap->length, tap->metadata,
                      QT_RECORD_TIME_TAP});
    frames.back().link_type = link_type_;
    if (link_type_ == QT_LINK_RAW) frames.back().link_header = 0;
  }
}

void TapSource::release() {
  __atomic_store_n(reinterpret_cast<uint64_t*>(consumer_.get()), next_, __ATOMIC_RELEASE);
}
