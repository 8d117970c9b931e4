// The FILL ring of a UMEM: the frames that the kernel may write into.
#ifndef QUIC_TOP_FILL_RING_H
#define QUIC_TOP_FILL_RING_H

#include <xdp/xsk.h>

#include <cstdint>
#include <vector>

class FillRing {
 public:
  // The kernel moves the ring's consumer only after it has handed out the descriptors of what it took: a frame
  // can be on its way back while its old place still looks taken. Twice as many places as there are frames
  // leave room for that.
  static constexpr uint32_t kPlaces = 2;

  explicit FillRing(uint32_t frames) { waiting_.reserve(frames); }

  // For xsk_umem__create.
  xsk_ring_prod* ring() { return &ring_; }

  // Gives the frame at this address of the UMEM back with the next submit().
  void add(uint64_t address) { waiting_.push_back(address); }
  // Gives the kernel what was added; what finds no place is given back the next time.
  void submit();
  // How many are waiting for a place.
  size_t waiting() const { return waiting_.size(); }
  bool needs_wakeup() const { return xsk_ring_prod__needs_wakeup(&ring_); }

 private:
  xsk_ring_prod ring_ = {};
  std::vector<uint64_t> waiting_;
};

#endif
