#include "host/every_thread.h"

#include <semaphore.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <ctime>
#include <filesystem>
#include <set>
#include <vector>

#include "util/capture_error.h"

namespace {

// A signal makes a thread do it: the one that glibc keeps to itself for the same purpose (setuid() of all
// threads). It is the only one that no thread can block through glibc, and one of Node's blocks all others.
// glibc gets it back when all is done.
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

int (*to_do)();
std::atomic<int> failure;  // errno of the first system call that failed in any thread
sem_t answered;

void on_signal(int, siginfo_t*, void*) {
  int before = errno;
  int expected = 0;
  if (int error = to_do()) failure.compare_exchange_strong(expected, error);
  sem_post(&answered);
  errno = before;
}

// Throws std::filesystem::filesystem_error.
std::vector<pid_t> thread_ids() {
  std::vector<pid_t> ids;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task"))
    ids.push_back(std::stoi(entry.path().filename()));
  return ids;
}

bool is_gone(pid_t thread) { return syscall(SYS_tgkill, getpid(), thread, 0) != 0 && errno == ESRCH; }

// Returns 0, an errno, or ETIMEDOUT when the thread takes no signals.
int make_do(pid_t thread) {
  if (syscall(SYS_tgkill, getpid(), thread, kSignal) != 0) return errno == ESRCH ? 0 : errno;
  timespec deadline;
  clock_gettime(CLOCK_MONOTONIC, &deadline);
  deadline.tv_sec += kPatience;
  while (sem_clockwait(&answered, CLOCK_MONOTONIC, &deadline) != 0) {
    if (errno == EINTR) continue;
    return is_gone(thread) ? 0 : errno;
  }
  return 0;
}

}  // namespace

void in_every_thread(int (*work)(), const std::string& what, const std::string& hint) {
  auto fail = [&](int error) { throw system_error(what, error, hint); };
  to_do = work;
  failure = 0;
  sem_init(&answered, 0, 0);
  KernelSigaction glibc_action = {};
  if (syscall(SYS_rt_sigaction, kSignal, nullptr, &glibc_action, sizeof(uint64_t)) != 0) fail(errno);
  if (!glibc_action.restorer) fail(ENOSYS);  // another C library
  KernelSigaction action = glibc_action;
  action.handler = on_signal;
  if (syscall(SYS_rt_sigaction, kSignal, &action, nullptr, sizeof(uint64_t)) != 0) fail(errno);

  // A thread that has not done it may make another one meanwhile: the last look must find no new one.
  std::set<pid_t> done;
  try {
    for (bool more = true; more && failure == 0;) {
      more = false;
      for (pid_t thread : thread_ids()) {
        if (!done.insert(thread).second) continue;
        int error = make_do(thread);
        if (error == ETIMEDOUT) {
          // A thread of the kernel that works for io_uring takes no signals, and keeps the rights it was made
          // with.
          throw system_error(what + " in every thread", error, "unset UV_USE_IO_URING; " + hint);
        }
        if (error) fail(error);
        more = true;
      }
    }
  } catch (const std::filesystem::filesystem_error& error) {
    fail(error.code().value());
  }
  if (failure != 0) fail(failure);
  syscall(SYS_rt_sigaction, kSignal, &glibc_action, nullptr, sizeof(uint64_t));
}
