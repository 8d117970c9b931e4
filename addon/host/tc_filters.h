// The filters that hang on an interface by a clsact or ingress queueing discipline, which is older than tcx;
// they run behind the programs of tcx.
#ifndef QUIC_TOP_TC_FILTERS_H
#define QUIC_TOP_TC_FILTERS_H

#include <cstdint>
#include <string>
#include <vector>

struct TcFilter {
  std::string kind;      // "bpf", "flower" ...
  uint32_t program = 0;  // id of the BPF program, or 0
};

// On what leaves the interface of that index, or on what arrives, in the order in which they run. Needs no
// privilege. Throws CaptureError.
std::vector<TcFilter> tc_filters(int index, bool leaving);

#endif
