// What the kernel says about BPF: whether it has it, and about programs that others loaded.
#ifndef QUIC_TOP_BPF_INFO_H
#define QUIC_TOP_BPF_INFO_H

#include <cstdint>
#include <string>

struct BpfProgramInfo {
  uint32_t id;
  std::string name;
  std::string tag;     // hex digits
  uint64_t loaded;     // nanoseconds since boot
  uint32_t loaded_by;  // uid
};

// Throws CaptureError: there is none of this id, or no permission to look at it.
BpfProgramInfo program_info(uint32_t id);

// 0, or the errno with which this process is refused the bpf() system call, or AF_XDP sockets.
int bpf_refusal();
int af_xdp_refusal();

// Whether programs can be hung on what leaves an interface: 0, or the errno (EINVAL before Linux 6.6).
int tcx_refusal(int ifindex);

#endif
