// quic-top-restore IFINDEX PROGRAM FEATURE...: switches features of a network interface on again that the
// kernel or its driver switched off for an XDP program. quic-top starts it before it gives up root, and may be
// killed: this process waits at the other end of a socket, which the kernel closes in any case. It keeps
// CAP_NET_ADMIN, and nothing else.
#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <optional>
#include <string>
#include <vector>

#include "host/ethtool.h"
#include "host/links.h"
#include "util/capture_error.h"

namespace {

constexpr uid_t kNobody = 65534;
// The kernel detaches a program while it takes the process apart; three seconds are the most to wait for that.
constexpr int kTries = 300;
constexpr long kPause = 10'000'000;  // nanoseconds

// Any user who is not root will do; where there is none, as in some containers, the capabilities go all the
// same.
void stop_being_root() {
  if (geteuid() != 0) return;
  prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
  (void)(setgroups(0, nullptr) == 0 && setresgid(kNobody, kNobody, kNobody) == 0 &&
         setresuid(kNobody, kNobody, kNobody) == 0);
}

// False: it was not there to be kept.
bool keep_only_net_admin() {
  for (int capability = 0; prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0; capability++) {
  }
  stop_being_root();
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct kept[_LINUX_CAPABILITY_U32S_3] = {};
  kept[CAP_TO_INDEX(CAP_NET_ADMIN)].permitted = CAP_TO_MASK(CAP_NET_ADMIN);
  kept[CAP_TO_INDEX(CAP_NET_ADMIN)].effective = CAP_TO_MASK(CAP_NET_ADMIN);
  return syscall(SYS_capset, &header, kept) == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

// The interface without an XDP program; nothing when it is gone, or somebody's program is on it: then what is
// off is off for that one, too.
std::optional<Link> wait_for_detach(int ifindex, uint32_t program) {
  for (int i = 0; i < kTries; i++) {
    std::optional<Link> link = find_link(ifindex);
    if (!link || link->program == 0) return link;
    if (link->program != program) return {};
    timespec pause = {0, kPause};
    nanosleep(&pause, nullptr);
  }
  return {};
}

}  // namespace

int main(int count, char** words) {
  // systemd ends all of a service's processes at once, and this one is the last to go.
  for (int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGTSTP}) std::signal(signal, SIG_IGN);
  syscall(SYS_close_range, STDIN_FILENO + 1, ~0u, 0);
  if (count < 4 || chdir("/") != 0 || !keep_only_net_admin()) return 1;
  if (write(STDIN_FILENO, "r", 1) != 1) return 1;  // ready

  char byte;
  while (read(STDIN_FILENO, &byte, 1) < 0 && errno == EINTR) {
  }
  try {
    auto link = wait_for_detach(std::atoi(words[1]), std::strtoul(words[2], nullptr, 10));
    if (!link) return 1;
    return Ethtool(link->name).request(std::vector<std::string>(words + 3, words + count)) == 0 ? 0 : 1;
  } catch (const CaptureError&) {
    return 1;  // quic-top, if it is still there, looks whether it is as before
  }
}
