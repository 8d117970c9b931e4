#include "host/privileges.h"

#include <linux/capability.h>
#include <pwd.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <set>
#include <thread>
#include <vector>

#include "bpf/bpf_info.h"
#include "util/capture_error.h"

namespace {

constexpr gid_t kNoGroup = 65534;

// Identity and capabilities belong to a thread, so each must drop its own: a signal makes it. The signal is the
// one that glibc keeps to itself for the same purpose (setuid() of all threads): it is the only one that no
// thread can block through glibc, and one of Node's blocks all others. glibc gets it back when all is done.
constexpr int kSignal = 33;      // SIGSETXID
constexpr time_t kPatience = 2;  // seconds in which a thread must answer

// What rt_sigaction(2) takes; the C library would refuse the signal. All but the handler is taken from glibc's
// own.
struct KernelSigaction {
  void (*handler)(int, siginfo_t*, void*);
  unsigned long flags;
  void (*restorer)();
  uint64_t mask;
};

User target;
uint64_t kept;             // capabilities, by their bits
std::atomic<int> failure;  // errno of the first system call that failed in any thread
sem_t answered;

// Async-signal-safe: raw system calls only, which change the calling thread alone.
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

void on_signal(int, siginfo_t*, void*) {
  int before = errno;
  int expected = 0;
  if (int error = drop_in_this_thread()) failure.compare_exchange_strong(expected, error);
  sem_post(&answered);
  errno = before;
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

CaptureError drop_error(int error_number) {
  return system_error("give up root's rights", error_number,
                      "name a user whom this process may become, or keep root: --user root");
}

std::vector<pid_t> thread_ids() {
  std::vector<pid_t> ids;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task", error))
    ids.push_back(std::stoi(entry.path().filename()));
  if (error) throw drop_error(error.value());
  return ids;
}

bool is_gone(pid_t thread) { return syscall(SYS_tgkill, getpid(), thread, 0) != 0 && errno == ESRCH; }

void drop_in(pid_t thread) {
  if (syscall(SYS_tgkill, getpid(), thread, kSignal) != 0) {
    if (errno == ESRCH) return;
    throw drop_error(errno);
  }
  timespec deadline;
  clock_gettime(CLOCK_MONOTONIC, &deadline);
  deadline.tv_sec += kPatience;
  while (sem_clockwait(&answered, CLOCK_MONOTONIC, &deadline) != 0) {
    if (errno == EINTR) continue;
    if (is_gone(thread)) return;
    // A thread of the kernel that works for io_uring takes no signals, and keeps the rights it was made with.
    throw system_error("give up root's rights in every thread", errno,
                       "unset UV_USE_IO_URING, or keep root: --user root");
  }
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
  failure = 0;
  sem_init(&answered, 0, 0);
  KernelSigaction glibc_action = {};
  if (syscall(SYS_rt_sigaction, kSignal, nullptr, &glibc_action, sizeof(uint64_t)) != 0)
    throw drop_error(errno);
  if (!glibc_action.restorer) throw drop_error(ENOSYS);  // another C library
  KernelSigaction action = glibc_action;
  action.handler = on_signal;
  if (syscall(SYS_rt_sigaction, kSignal, &action, nullptr, sizeof(uint64_t)) != 0) throw drop_error(errno);

  // A thread that has not dropped may make another one meanwhile: the last look must find no new one.
  std::set<pid_t> done;
  for (bool more = true; more && failure == 0;) {
    more = false;
    for (pid_t thread : thread_ids()) {
      if (!done.insert(thread).second) continue;
      drop_in(thread);
      more = true;
    }
  }
  if (failure != 0) throw drop_error(failure);
  syscall(SYS_rt_sigaction, kSignal, &glibc_action, nullptr, sizeof(uint64_t));
}
