// Times the softirq NET_RX of one CPU: `softirq_timer CPU` says "ready", and at SIGINT or SIGTERM one JSON line
// with the nanoseconds since.
#include <bpf/libbpf.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "softirq_timer.skel.h"

namespace {

[[noreturn]] void Fail(const char* what, int error) {
  std::fprintf(stderr, "softirq_timer: %s failed: %s\n", what, std::strerror(error));
  std::exit(1);
}

}  // namespace

int main(int argc, char** argv) {
  char* end = nullptr;
  const unsigned long cpu = argc == 2 ? std::strtoul(argv[1], &end, 10) : 0;
  if (!end || end == argv[1] || *end != '\0') {
    std::fputs("softirq_timer CPU\n", stderr);
    return 2;
  }
  // Before "ready": a signal that comes at once is waited for as well.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigprocmask(SIG_BLOCK, &signals, nullptr);

  const std::unique_ptr<softirq_timer, decltype(&softirq_timer::destroy)> skeleton(softirq_timer::open(),
                                                                                   softirq_timer::destroy);
  if (!skeleton) Fail("open the BPF object", errno);
  skeleton->rodata->cpu = static_cast<uint32_t>(cpu);
  if (const int error = softirq_timer::load(skeleton.get())) Fail("load the BPF object", -error);
  if (const int error = softirq_timer::attach(skeleton.get())) Fail("attach to the tracepoints", -error);
  std::puts("ready");
  std::fflush(stdout);

  int signal = 0;
  sigwait(&signals, &signal);
  softirq_timer::detach(skeleton.get());
  std::printf("{\"nanoseconds\":%llu}\n", static_cast<unsigned long long>(skeleton->bss->nanoseconds));
  return 0;
}
