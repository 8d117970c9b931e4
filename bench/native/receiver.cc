// Receives frames and does nothing with them, as cheaply as we know how: the limit that quic-top is measured
// against. Runs until SIGINT or SIGTERM, then prints one JSON line with what it received and what was lost.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <net/if.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <xdp/xsk.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>
#include <string>

#include "receiver.skel.h"

namespace {

constexpr uint32_t kFrames = 16384;
constexpr uint32_t kFrameSize = 2048;
constexpr int kAttempts = 20;       // to bind, 50 ms apart
constexpr long kSleep = 1'000'000;  // nanoseconds: wake-ups are what costs most

volatile std::sig_atomic_t stopped = 0;

void Stop(int) { stopped = 1; }

[[noreturn]] void Fail(const char* what, int error) {
  std::fprintf(stderr, "receiver: %s failed: %s\n", what, std::strerror(error));
  std::exit(1);
}

// Calls `drain`, which gives back how many frames it took, until it is told to stop and nothing is left.
template <typename Drain>
uint64_t DrainUntilStopped(Drain drain) {
  uint64_t received = 0;
  while (!stopped) {
    received += drain();
    const timespec pause{0, kSleep};
    nanosleep(&pause, nullptr);
  }
  while (const uint32_t count = drain()) received += count;
  return received;
}

using Skeleton = std::unique_ptr<receiver, decltype(&receiver::destroy)>;
using Link = std::unique_ptr<bpf_link, decltype(&bpf_link__destroy)>;

Link Attach(const bpf_program* program, int ifindex) {
  Link link(bpf_program__attach_xdp(program, ifindex), bpf_link__destroy);
  if (!link) Fail("attach the program", errno);
  std::fputs("ready\n", stderr);
  return link;
}

void ReceiveByAfXdp(const Skeleton& skeleton, const char* interface, int ifindex) {
  const size_t size = size_t{kFrames} * kFrameSize;
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  if (memory == MAP_FAILED) Fail("map the UMEM", errno);
  xsk_umem_config umem_config{};
  umem_config.fill_size = kFrames;
  umem_config.comp_size = 64;
  umem_config.frame_size = kFrameSize;
  xsk_socket_config config{};
  config.rx_size = kFrames;
  config.libxdp_flags = XSK_LIBXDP_FLAGS__INHIBIT_PROG_LOAD;
  config.bind_flags = XDP_USE_NEED_WAKEUP;
  xsk_umem* umem = nullptr;
  xsk_ring_prod fill{};
  xsk_ring_cons completion{};
  xsk_socket* socket = nullptr;
  xsk_ring_cons rx{};
  // The kernel lets go of the last receiver's queue a moment after that has ended.
  for (int attempt = 0; !socket; attempt++) {
    if (const int error = xsk_umem__create(&umem, memory, size, &fill, &completion, &umem_config))
      Fail("create the UMEM", -error);
    const int error = xsk_socket__create(&socket, interface, 0, umem, &rx, nullptr, &config);
    if (error == 0) break;
    if (error != -EBUSY || attempt == kAttempts) Fail("bind the AF_XDP socket", -error);
    socket = nullptr;
    xsk_umem__delete(umem);
    usleep(50'000);
  }
  uint32_t index = 0;
  xsk_ring_prod__reserve(&fill, kFrames, &index);
  for (uint32_t i = 0; i < kFrames; i++) *xsk_ring_prod__fill_addr(&fill, index + i) = uint64_t{i} * kFrameSize;
  xsk_ring_prod__submit(&fill, kFrames);
  const int descriptor = xsk_socket__fd(socket);
  const uint32_t key = 0;
  if (bpf_map_update_elem(bpf_map__fd(skeleton->maps.sockets), &key, &descriptor, BPF_ANY) != 0)
    Fail("register the socket", errno);

  Link link = Attach(skeleton->progs.redirect, ifindex);
  const uint64_t received = DrainUntilStopped([&] {
    uint32_t taken = 0, free = 0;
    const uint32_t count = xsk_ring_cons__peek(&rx, kFrames, &taken);
    if (count > 0) {
      xsk_ring_prod__reserve(&fill, count, &free);  // there are no more frames than descriptors
      for (uint32_t i = 0; i < count; i++) {
        *xsk_ring_prod__fill_addr(&fill, free + i) =
            xsk_umem__extract_addr(xsk_ring_cons__rx_desc(&rx, taken + i)->addr);
      }
      xsk_ring_prod__submit(&fill, count);
      xsk_ring_cons__release(&rx, count);
    }
    if (xsk_ring_prod__needs_wakeup(&fill)) recvfrom(descriptor, nullptr, 0, MSG_DONTWAIT, nullptr, nullptr);
    return count;
  });
  link.reset();

  xdp_statistics statistics{};
  socklen_t length = sizeof(statistics);
  if (getsockopt(descriptor, SOL_XDP, XDP_STATISTICS, &statistics, &length) != 0)
    Fail("read the socket's statistics", errno);
  std::printf("{\"frames\":%llu,\"received\":%llu,\"lost\":{\"rx_ring_full\":%llu,\"rx_dropped\":%llu}}\n",
              skeleton->bss->frames, static_cast<unsigned long long>(received), statistics.rx_ring_full,
              statistics.rx_dropped);
  xsk_socket__delete(socket);
  xsk_umem__delete(umem);
}

void ReceiveByRingBuffer(const Skeleton& skeleton, int ifindex) {
  const auto take = [](void*, void*, size_t) { return 0; };
  const std::unique_ptr<ring_buffer, decltype(&ring_buffer__free)> ring(
      ring_buffer__new(bpf_map__fd(skeleton->maps.ring), take, nullptr, nullptr), ring_buffer__free);
  if (!ring) Fail("open the ring buffer", errno);
  Link link = Attach(skeleton->progs.copy, ifindex);
  const uint64_t received = DrainUntilStopped([&] {
    const int count = ring_buffer__consume(ring.get());
    if (count < 0) Fail("read the ring buffer", -count);
    return static_cast<uint32_t>(count);
  });
  link.reset();
  // A program that was running when the link went may have written one more.
  const int last = ring_buffer__consume(ring.get());
  std::printf("{\"frames\":%llu,\"received\":%llu,\"lost\":{\"ring_buffer_full\":%llu}}\n",
              skeleton->bss->frames, static_cast<unsigned long long>(received + std::max(last, 0)),
              skeleton->bss->ring_full);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string how = argc > 2 ? argv[2] : "";
  const int bytes = argc > 3 ? std::atoi(argv[3]) : 2048;
  if ((how != "af_xdp" && how != "ring") || bytes < 1 || bytes > 2048) {
    std::fputs("receiver INTERFACE af_xdp | receiver INTERFACE ring [BYTES of each frame, at most 2048]\n",
               stderr);
    return 2;
  }
  const char* interface = argv[1];
  const int ifindex = static_cast<int>(if_nametoindex(interface));
  if (ifindex == 0) Fail("find the interface", errno);
  for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, Stop);
  // As quic-top's drain thread does: it waits for nobody, and sleeps as long as it wants to.
  setpriority(PRIO_PROCESS, 0, -20);
  prctl(PR_SET_TIMERSLACK, 10'000);

  const Skeleton skeleton(receiver::open(), receiver::destroy);
  if (!skeleton) Fail("open the BPF object", errno);
  skeleton->rodata->copied_bytes = static_cast<uint32_t>(bytes);
  if (const int error = receiver::load(skeleton.get())) Fail("load the BPF object", -error);
  if (how == "af_xdp") {
    ReceiveByAfXdp(skeleton, interface, ifindex);
  } else {
    ReceiveByRingBuffer(skeleton, ifindex);
  }
  return 0;
}
