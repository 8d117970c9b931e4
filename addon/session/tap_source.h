// Reads one of the programs' tap ring buffers (BPF_MAP_TYPE_RINGBUF) without copying and without wake-ups.
// libbpf's ring_buffer hands out each record in a callback and takes it back at once; here a whole batch stays
// in place until it has been put in order of time and recorded.
#ifndef QUIC_TOP_TAP_SOURCE_H
#define QUIC_TOP_TAP_SOURCE_H

#include "session/capture_source.h"
#include "util/mapping.h"

class TapSource : public CaptureSource {
 public:
  // `map` is the ring buffer's descriptor, which must outlive this, `link_type` that of all its frames. Throws
  // CaptureError.
  TapSource(int map, uint16_t link_type);

  // Forgets what is in the buffer now: leftovers of a reader that died.
  void discard();

  void collect(std::vector<Frame>& frames, uint32_t limit, uint64_t until) override;
  void release() override;
  uint32_t room() const override { return static_cast<uint32_t>((mask_ + 1) / 1024); }
  void add_descriptors(std::vector<int>& descriptors) const override { descriptors.push_back(map_); }

 private:
  TapSource(int map, uint32_t size, uint16_t link_type);

  int map_;
  uint64_t mask_;
  uint16_t link_type_;
  // The layout is that of kernel/bpf/ringbuf.c: a page with the consumer's position, a page with the
  // producer's, and the data twice in a row, so that no record is broken at the end.
  Mapping consumer_;
  Mapping producer_;
  const uint8_t* data_;
  uint64_t next_ = 0;  // position up to which records have been handed out
};

#endif
