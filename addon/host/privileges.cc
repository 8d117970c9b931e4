#include "host/privileges.h"

#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <thread>
#include <vector>

#include "bpf/bpf_info.h"
#include "host/every_thread.h"

namespace {

constexpr gid_t kNoGroup = 65534;

User target;
uint64_t kept;  // capabilities, by their bits

int drop_in_this_thread() {
  // Needs CAP_SETPCAP; without it the set is no danger, because of no_new_privs.
  for (int capability = 0; prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0; capability++) {
  }
  if (prctl(PR_SET_KEEPCAPS, kept != 0, 0, 0, 0) != 0) return errno;
  if (geteuid() == 0 && syscall(SYS_setgroups, 0, nullptr) != 0) return errno;
  if (syscall(SYS_setresgid, target.gid, target.gid, target.gid) != 0) return errno;
  if (syscall(SYS_setresuid, target.uid, target.uid, target.uid) != 0) return errno;
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {};
  for (int word = 0; word < _LINUX_CAPABILITY_U32S_3; word++)
    sets[word].effective = sets[word].permitted = static_cast<uint32_t>(kept >> (32 * word));
  if (syscall(SYS_capset, &header, sets) != 0) return errno;
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? 0 : errno;
}

// Whether a process without capabilities may look into maps that it has open. Before Linux 5.19 not where
// unprivileged BPF is off, which it is nearly everywhere. Asked in a thread of its own, which gives its rights
// up alone.
bool maps_need_rights() {
  bool refused = false;
  std::thread([&] {
    __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {};
    if (syscall(SYS_capset, &header, none) == 0) refused = bpf_refusal() == EPERM;
  }).join();
  return refused;
}

bool may(int capability) {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {};
  return syscall(SYS_capget, &header, sets) == 0 &&
         sets[CAP_TO_INDEX(capability)].permitted & CAP_TO_MASK(capability);
}

}  // namespace

std::optional<User> find_user(const std::string& name) {
  std::vector<char> strings(1 << 16);
  passwd entry, *found = nullptr;
  getpwnam_r(name.c_str(), &entry, strings.data(), strings.size(), &found);
  if (found) return User{found->pw_uid, found->pw_gid};
  if (name.empty() || name.size() > 10 || name.find_first_not_of("0123456789") != std::string::npos) return {};
  uint64_t uid = std::strtoull(name.c_str(), nullptr, 10);
  if (uid >= UINT32_MAX) return {};  // -1 means "no change" to setresuid()
  getpwuid_r(uid, &entry, strings.data(), strings.size(), &found);
  return User{static_cast<uid_t>(uid), found ? found->pw_gid : kNoGroup};
}

std::optional<uint64_t> lockable_memory() {
  rlimit limit = {};
  if (may(CAP_IPC_LOCK) || getrlimit(RLIMIT_MEMLOCK, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
    return std::nullopt;
  return limit.rlim_cur;
}

void drop_privileges(const User& user, bool reads_maps) {
  target = user;
  kept = reads_maps && may(CAP_BPF) && maps_need_rights() ? uint64_t{1} << CAP_BPF : 0;
  in_every_thread(drop_in_this_thread, "give up root's rights",
                  "name a user whom this process may become, or keep root: --user root");
}
