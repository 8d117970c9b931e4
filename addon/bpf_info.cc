#include "bpf_info.h"

#include <bpf/bpf.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "capture_error.h"
#include "unique_fd.h"

namespace {

constexpr auto kTcxEgress = static_cast<bpf_attach_type>(47);  // BPF_TCX_EGRESS, since Linux 6.6

}  // namespace

BpfProgramInfo program_info(uint32_t id) {
  UniqueFd program(bpf_prog_get_fd_by_id(id));
  bpf_prog_info info = {};
  uint32_t size = sizeof(info);
  if (!program || bpf_obj_get_info_by_fd(program.get(), &info, &size)) {
    throw system_error("look at the BPF program " + std::to_string(id), errno);
  }
  std::string tag;
  for (uint8_t byte : info.tag) {
    tag += "0123456789abcdef"[byte >> 4];
    tag += "0123456789abcdef"[byte & 15];
  }
  return {info.id, info.name, tag, info.load_time, info.created_by_uid};
}

int bpf_refusal() {
  // A look into no map at all: EBADF is the answer of a kernel that would look.
  bpf_attr attributes = {};
  attributes.map_fd = -1;
  syscall(SYS_bpf, BPF_MAP_LOOKUP_ELEM, &attributes, sizeof(attributes));
  return errno == EBADF ? 0 : errno;
}

int af_xdp_refusal() { return UniqueFd(socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0)) ? 0 : errno; }

int tcx_refusal(int ifindex) {
  uint32_t flags = 0, count = 0;
  int error = bpf_prog_query(ifindex, kTcxEgress, 0, &flags, nullptr, &count);
  return error == -ENOENT ? 0 : -error;  // there is none on it
}
