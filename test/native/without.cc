// Runs a command as on a kernel that lacks something, or refuses it: `without
// bpf|bpf-rights|bpf-maps|tcx|af-xdp COMMAND [ARGUMENT ...]`. Without BPF maps there is none of any type.
// Without tcx there are no BPF links at all, of XDP neither.
#include <linux/audit.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string_view>
#include <vector>

namespace {

struct Refusal {
  std::string_view what;
  uint32_t call;
  // The first one; nothing where all such calls are refused.
  std::optional<uint32_t> argument;
  uint32_t error;
};

constexpr Refusal kRefusals[] = {
    {"bpf", __NR_bpf, {}, ENOSYS},
    {"bpf-rights", __NR_bpf, {}, EPERM},
    {"bpf-maps", __NR_bpf, BPF_MAP_CREATE, EINVAL},
    {"tcx", __NR_bpf, BPF_LINK_CREATE, EINVAL},
    {"tcx", __NR_bpf, BPF_PROG_QUERY, EINVAL},
    {"af-xdp", __NR_socket, AF_XDP, EAFNOSUPPORT},
};

std::vector<sock_filter> filter_for(std::string_view what) {
  std::vector<sock_filter> filter;
  for (const Refusal& refusal : kRefusals) {
    if (refusal.what != what) continue;
    // Another call goes on behind this.
    uint8_t rest = refusal.argument ? 3 : 1;
    filter.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)));
    filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, refusal.call, 0, rest));
    if (refusal.argument) {
      filter.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args)));
      filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, *refusal.argument, 0, 1));
    }
    filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | refusal.error));
  }
  filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  return filter;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<sock_filter> filter = filter_for(argc > 1 ? argv[1] : "");
  sock_fprog program = {static_cast<uint16_t>(filter.size()), filter.data()};
  if (argc < 3 || filter.size() == 1 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
    perror("without");
    return 125;
  }
  execvp(argv[2], argv + 2);
  perror(argv[2]);
  return 127;
}
