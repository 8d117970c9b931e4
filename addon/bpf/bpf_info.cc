#include "bpf/bpf_info.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "bpf/tcx.h"
#include "util/capture_error.h"
#include "util/clock.h"
#include "util/unique_fd.h"

BpfProgramInfo bpf_program_info(uint32_t id) {
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
  int64_t age = std::max<int64_t>(0, nanoseconds(CLOCK_BOOTTIME) - static_cast<int64_t>(info.load_time));
  return {info.id, info.name, tag, age / kSecond, info.created_by_uid};
}

std::string describe(const BpfProgramInfo& program) {
  struct {
    uint64_t seconds;
    const char* name;
  } units[] = {{86400, " days"}, {3600, " h"}, {60, " min"}, {1, " s"}};
  auto* unit = units;
  while (unit->seconds > 1 && program.age < 2 * unit->seconds) unit++;
  return "\"" + program.name + "\", id " + std::to_string(program.id) + ", tag " + program.tag + ", loaded " +
         std::to_string(program.age / unit->seconds) + unit->name + " ago by uid " +
         std::to_string(program.loaded_by);
}

uint32_t program_id(int program) {
  bpf_prog_info info = {};
  uint32_t size = sizeof(info);
  if (bpf_obj_get_info_by_fd(program, &info, &size)) throw system_error("look at a BPF program", errno);
  return info.id;
}

uint32_t possible_cpus() {
  int cpus = libbpf_num_possible_cpus();
  if (cpus < 0) throw system_error("ask how many CPUs there are", -cpus, "mount /sys");
  return cpus;
}

uint32_t map_entries(int map) {
  bpf_map_info info = {};
  uint32_t size = sizeof(info);
  return bpf_obj_get_info_by_fd(map, &info, &size) == 0 ? info.max_entries : 0;
}

uint32_t link_ifindex(int link) {
  bpf_link_info info = {};
  uint32_t size = sizeof(info);
  if (bpf_obj_get_info_by_fd(link, &info, &size)) throw system_error("look at a BPF link", errno);
  return info.xdp.ifindex;  // where info.tcx has it too, which headers before Linux 6.6 have not
}

int bpf_refusal() {
  // A look into no map at all: EBADF is the answer of a kernel that would look.
  bpf_attr attributes = {};
  attributes.map_fd = -1;
  syscall(SYS_bpf, BPF_MAP_LOOKUP_ELEM, &attributes, sizeof(attributes));
  return errno == EBADF ? 0 : errno;
}

int af_xdp_refusal() { return UniqueFd(socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0)) ? 0 : errno; }

int tcx_programs(int ifindex, bpf_attach_type type, std::vector<uint32_t>* ids) {
  uint32_t flags = 0, count = 64;  // BPF_MPROG_MAX: there are never more
  ids->resize(count);
  int error = -bpf_prog_query(ifindex, type, 0, &flags, ids->data(), &count);
  ids->resize(error == 0 ? count : 0);
  return error == ENOENT ? 0 : error;  // there is none on it
}
