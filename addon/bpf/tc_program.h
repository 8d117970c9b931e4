// A tc program on an interface (tcx, Linux 6.6): what arrives there, or what leaves it.
#ifndef QUIC_TOP_TC_PROGRAM_H
#define QUIC_TOP_TC_PROGRAM_H

#include "bpf/bpf_info.h"
#include "bpf/bpf_maps.h"
#include "host/interface.h"
#include "util/unique_fd.h"

class TcProgram {
 public:
  enum class Direction { kIngress, kEgress };

  // Loads it. Throws CaptureError.
  TcProgram(const Interface& interface, const BpfMaps& maps, Direction direction);

  // Attaches it, first in the chain, by an unpinned link. Throws CaptureError, TCX_MISSING where the kernel has
  // no tcx.
  void attach();
  void detach() { link_.reset(); }
  // Whether it hangs on the interface. False: it never did, or somebody else detached it.
  bool is_attached() const { return link_ && link_ifindex(link_.get()) != 0; }
  uint32_t id() const { return id_; }

 private:
  std::string what_;  // "attach ... on eth0", for errors
  int ifindex_;
  Direction direction_;
  UniqueFd program_;  // until it hangs on the interface
  uint32_t id_;
  UniqueFd link_;
};

#endif
