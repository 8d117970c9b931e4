// Owns the egress program on an interface (tcx, Linux 6.6): in mode tap it copies what leaves to the same ring
// buffer to which the XDP program copies what arrives.
#ifndef QUIC_TOP_EGRESS_PROGRAM_H
#define QUIC_TOP_EGRESS_PROGRAM_H

#include <string>

#include "counters.h"
#include "unique_fd.h"
#include "xdp_program.h"

class EgressProgram {
 public:
  // Loads the program, on the maps of the XDP program. Throws nothing: without it a capture sees what arrives,
  // and missing() says why.
  EgressProgram(const Interface& interface, const XdpProgram& xdp);

  // Attaches it by an unpinned link.
  void attach();
  void detach() { link_.reset(); }

  // Why what leaves is not seen; empty when it is. To be asked after attach().
  const std::string& missing() const { return missing_; }
  Counters counters() const { return counters_ ? read_counters(counters_.get()) : Counters{}; }

 private:
  int ifindex_;
  std::string missing_;
  UniqueFd program_, counters_, link_;
};

#endif
