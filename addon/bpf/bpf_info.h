// What the kernel says about BPF: whether it has it, and about programs that others loaded.
#ifndef QUIC_TOP_BPF_INFO_H
#define QUIC_TOP_BPF_INFO_H

#include <linux/bpf.h>

#include <cstdint>
#include <string>
#include <vector>

struct BpfProgramInfo {
  uint32_t id;
  std::string name;
  std::string tag;     // hex digits, equal for equal instructions
  uint64_t age;        // seconds since it was loaded
  uint32_t loaded_by;  // uid
};

// Throws CaptureError: there is none of this id, or no permission to look at it.
BpfProgramInfo bpf_program_info(uint32_t id);

// "name", id 12, tag 57cd311f2e27366b, loaded 5 min ago by uid 0
std::string describe(const BpfProgramInfo& program);

// Of a program that is open. Throws CaptureError.
uint32_t program_id(int program);

// CPUs that each have a value of their own in a per-CPU map, in use or not. Throws CaptureError.
uint32_t possible_cpus();

// max_entries of a map that is open; 0 when it cannot be asked.
uint32_t map_entries(int map);

// The interface that an XDP or tcx link hangs on; 0 when it was detached, or the interface is gone.
uint32_t link_ifindex(int link);

// 0, or the errno with which this process is refused the bpf() system call, or AF_XDP sockets.
int bpf_refusal();
int af_xdp_refusal();

// The ids of the tcx programs on an interface in the order in which they run; `type` is one of tcx.h. Returns
// 0, or an errno: EINVAL before Linux 6.6, EPERM without CAP_NET_ADMIN.
int tcx_programs(int ifindex, bpf_attach_type type, std::vector<uint32_t>* ids);

#endif
