// The AF_XDP sockets of one RX queue, all on one UMEM. One takes the frames of all slots, unless more are
// wanted.
#ifndef QUIC_TOP_AF_XDP_SOURCE_H
#define QUIC_TOP_AF_XDP_SOURCE_H

#include <xdp/xsk.h>

#include <memory>
#include <vector>

#include "host/interface.h"
#include "session/capture_source.h"
#include "session/fill_ring.h"
#include "util/mapping.h"

// Frames the sockets of one RX queue lost, by what the kernel counted (XDP_STATISTICS).
struct SocketLosses {
  uint64_t rx_ring_full = 0;
  uint64_t fill_ring_empty = 0;
  uint64_t invalid_descriptor = 0;
};

class AfXdpSource : public CaptureSource {
 public:
  // Binds `sockets` sockets to the RX queue, on a UMEM that leaves room for those of the interface's other RX
  // queues: all together have 128 MiB. The kernel copies, unless `zero_copy`: then the driver receives all that
  // arrives by this queue into this memory, which has twice as many frames as its ring.
  // `metadata_magic` is that of the programs (qt_constants).
  // Throws CaptureError, EBUSY when another process has AF_XDP sockets on that queue.
  AfXdpSource(const Interface& interface, uint32_t rx_queue, uint32_t sockets, bool zero_copy,
              uint32_t metadata_magic);
  ~AfXdpSource() override;

  // Registers a socket under each of the RX queue's keys, rx_queue * slots + slot. Throws CaptureError.
  void register_sockets(int xsks_map, uint32_t slots);

  void collect(std::vector<Frame>& frames, uint32_t limit, uint64_t until) override;
  void release() override;
  uint32_t room() const override { return frames_; }
  void add_descriptors(std::vector<int>& descriptors) const override;

  bool zero_copy() const;
  // Safe from any thread.
  SocketLosses losses() const;

 private:
  struct DeleteUmem {
    void operator()(xsk_umem* umem) const { xsk_umem__delete(umem); }
  };
  struct DeleteSocket {
    void operator()(xsk_socket* socket) const { xsk_socket__delete(socket); }
  };
  struct Socket {
    std::unique_ptr<xsk_socket, DeleteSocket> socket;
    xsk_ring_cons rx = {};
    uint32_t taken = 0;  // descriptors handed out by the last collect()
  };

  bool take_metadata(qt_metadata* metadata, Frame* frame) const;
  void take_descriptors(uint32_t limit);
  void wake_kernel();

  std::string name_;
  uint32_t rx_queue_;
  uint32_t metadata_magic_;
  uint32_t frames_;  // of the UMEM: a power of two
  // Destroyed last to first: the sockets, then the UMEM, then its memory.
  Mapping memory_;
  FillRing fill_;
  xsk_ring_cons completion_ = {};
  std::unique_ptr<xsk_umem, DeleteUmem> umem_;
  std::vector<Socket> sockets_;
  std::vector<xdp_desc> taken_;  // handed out by the last collect()
  uint32_t first_ = 0;           // the socket that collect() starts with
};

#endif
