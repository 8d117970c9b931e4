// Owns the tc programs on an interface (tcx, Linux 6.6). They copy to the same ring buffer as the XDP program:
// what leaves, and, where no XDP program of ours can be, what arrives.
#ifndef QUIC_TOP_TC_PROGRAMS_H
#define QUIC_TOP_TC_PROGRAMS_H

#include <string>

#include "bpf/bpf_info.h"
#include "bpf/counters.h"
#include "bpf/xdp_program.h"
#include "util/unique_fd.h"

class TcPrograms {
 public:
  // Loads them, on the maps of the XDP program. Throws nothing as long as the XDP program sees what arrives: a
  // capture goes on without what leaves, and egress_missing() says why. With `ingress` it throws CaptureError.
  TcPrograms(const Interface& interface, const XdpProgram& xdp, bool ingress);

  // Attaches them by unpinned links. Throws CaptureError as the constructor does.
  void attach();
  void detach();
  // Whether it hangs on the interface. False: it never did, or somebody else detached it.
  bool has_ingress() const { return ingress_link_ && link_ifindex(ingress_link_.get()) != 0; }
  bool has_egress() const { return egress_link_ && link_ifindex(egress_link_.get()) != 0; }

  // Why what leaves is not seen; empty when it is. To be asked after attach().
  const std::string& egress_missing() const { return egress_missing_; }
  // Of what left; what arrived is counted where the XDP program counts it.
  Counters egress_counters() const {
    return egress_counters_ ? read_counters(egress_counters_.get()) : Counters{};
  }

 private:
  void load(const XdpProgram& xdp, uint32_t link_type);
  // The kernel does not attach one of them.
  void refuse(int error);

  std::string interface_;
  int ifindex_;
  bool wants_ingress_, wants_egress_;
  std::string egress_missing_;
  UniqueFd ingress_, egress_, egress_counters_, ingress_link_, egress_link_;
};

#endif
