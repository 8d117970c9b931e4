#include "session/cpus.h"

#include <sched.h>

#include <future>
#include <string>

#include "util/capture_error.h"

void place_thread(pthread_t thread, uint32_t cpu) {
  cpu_set_t alone;
  CPU_ZERO(&alone);
  CPU_SET(cpu, &alone);  // or no bit, where there is none for this CPU: that is refused, too
  if (int error = pthread_setaffinity_np(thread, sizeof(alone), &alone)) {
    throw system_error("place a thread on CPU " + std::to_string(cpu), error,
                       "name CPUs that you may use: taskset -cp $$ lists them");
  }
}

// A thread that ends at once is placed there: what the kernel allows is more than where this one may run by its
// own affinity, which taskset sets.
void try_cpu(uint32_t cpu) {
  std::async(std::launch::async, [cpu] { place_thread(pthread_self(), cpu); }).get();
}
