#include "session/af_xdp_source.h"

#include <bpf/bpf.h>
#include <linux/if_xdp.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "host/privileges.h"
#include "util/capture_error.h"
#include "util/memory_hints.h"
#include "util/unique_fd.h"

namespace {

constexpr uint32_t kFrameSize = 2048;
// What arrives in 15 milliseconds at a million frames a second: a drain thread may have to wait that long for a
// core.
constexpr uint32_t kMostFrames = 16'384;
// Of all RX queues: 128 MiB, which the kernel keeps in memory. Where there are many queues, or little memory
// may be locked, they share a burst.
constexpr uint32_t kAllFrames = 65'536;
// Fewer are no room for a burst: then it is said which limit is in the way.
constexpr uint32_t kFewestFrames = 64;
// The kernel insists on a COMPLETION ring; nothing is ever transmitted.
constexpr uint32_t kCompletionSize = 64;
constexpr uint32_t kClosers = 16;
// Sockets that collect() looks ahead: what a socket has to tell lies in memory that another CPU has written.
constexpr uint32_t kSocketsAhead = 4;
// What is read of every frame: metadata, then headers up to the connection IDs.
constexpr size_t kHeaders = 128;

uint32_t frames_for(const Interface& interface, bool zero_copy) {
  uint64_t most = std::min<uint64_t>(kAllFrames, lockable_memory().value_or(UINT64_MAX) / kFrameSize);
  uint32_t frames = kMostFrames;
  while (frames > kFewestFrames && uint64_t{frames} * interface.xdp_rx_queues() > most) frames /= 2;
  // With fewer the driver has nothing to receive into while we have what it received.
  uint32_t least = zero_copy ? 2 * Ethtool(interface.name()).rx_ring() : 0;
  while (frames < least) frames *= 2;
  return frames;
}

}  // namespace

AfXdpSource::AfXdpSource(const Interface& interface, uint32_t rx_queue, uint32_t sockets, bool zero_copy,
                         uint32_t metadata_magic)
    : name_(interface.name() + " queue " + std::to_string(rx_queue)),
      rx_queue_(rx_queue),
      metadata_magic_(metadata_magic),
      frames_(frames_for(interface, zero_copy)),
      memory_("UMEM of " + name_, size_t{frames_} * kFrameSize, PROT_READ | PROT_WRITE,
              MAP_PRIVATE | MAP_ANONYMOUS),
      fill_(frames_),
      sockets_(sockets) {
  populate(memory_.get(), memory_.size(), interface.numa_node());
  // An RX ring has as many descriptors as there are frames: then a burst to one backend never finds it full
  // while frames are free.
  xsk_umem_config umem_config = {};
  umem_config.fill_size = FillRing::kPlaces * frames_;
  umem_config.comp_size = kCompletionSize;
  umem_config.frame_size = kFrameSize;
  xsk_umem* umem = nullptr;
  int error = xsk_umem__create(&umem, memory_.get(), memory_.size(), fill_.ring(), &completion_, &umem_config);
  if (error == -ENOBUFS)
    throw system_error("create UMEM on " + name_, ENOBUFS, "allow more locked memory: ulimit -l unlimited");
  if (error) throw system_error("create UMEM on " + name_, -error);
  umem_.reset(umem);
  // Before the first bind: some drivers take their buffers from here at once.
  for (uint32_t i = 0; i < frames_; i++) fill_.add(uint64_t{i} * kFrameSize);
  fill_.submit();

  xsk_socket_config config = {};
  config.rx_size = frames_;
  config.libxdp_flags = XSK_LIBXDP_FLAGS__INHIBIT_PROG_LOAD;
  // Without XDP_COPY the kernel tries zero-copy first, which moves the driver's whole RX queue into the UMEM;
  // and what does not fit a frame of it (igb on Linux 7.2: over 1 KiB) is lost to the host as well.
  config.bind_flags = XDP_USE_NEED_WAKEUP | (zero_copy ? XDP_ZEROCOPY : XDP_COPY);
  for (Socket& socket : sockets_) {
    xsk_socket* created = nullptr;
    error = xsk_socket__create_shared(&created, interface.name().c_str(), rx_queue, umem, &socket.rx, nullptr,
                                      fill_.ring(), &completion_, &config);
    if (error == -EBUSY) {
      throw system_error("bind AF_XDP socket on " + name_ + ", where another process has some,", EBUSY,
                         "end that one first, perhaps another quic-top; see who it is: sudo ss --xdp -p");
    }
    if (error == -EOPNOTSUPP && zero_copy) {
      throw system_error("bind AF_XDP socket without copying on " + name_, EOPNOTSUPP,
                         "the driver has no zero-copy: leave out --zero-copy");
    }
    if (error) throw system_error("bind AF_XDP socket on " + name_, -error);
    socket.socket.reset(created);
  }
  taken_.reserve(frames_);
}

// The kernel waits for an RCU grace period, some 10 ms, in the last close of each socket. Threads share the
// wait, so that a person who quits does not sit through 64 of them; libxdp's own bookkeeping knows no threads
// and goes first.
AfXdpSource::~AfXdpSource() {
  std::vector<UniqueFd> last_references;
  for (const Socket& socket : sockets_) {
    if (socket.socket) last_references.emplace_back(dup(xsk_socket__fd(socket.socket.get())));
  }
  sockets_.clear();
  umem_.reset();
  std::vector<std::thread> closers;
  std::atomic<size_t> next{0};
  auto close_some = [&] {
    for (size_t k = next++; k < last_references.size(); k = next++) last_references[k].reset();
  };
  try {
    while (closers.size() < std::min<size_t>(kClosers, last_references.size()))
      closers.emplace_back(close_some);
  } catch (const std::exception&) {
    // No more threads to be had: those there are, and this one, close everything.
  }
  close_some();
  for (std::thread& closer : closers) closer.join();
}

void AfXdpSource::register_sockets(int xsks_map, uint32_t slots) {
  for (uint32_t slot = 0; slot < slots; slot++) {
    uint32_t key = rx_queue_ * slots + slot;
    int fd = xsk_socket__fd(sockets_[slot % sockets_.size()].socket.get());
    int error = bpf_map_update_elem(xsks_map, &key, &fd, BPF_ANY);
    if (error) throw system_error("register AF_XDP socket on " + name_, -error);
  }
}

bool AfXdpSource::take_metadata(qt_metadata* metadata, Frame* frame) const {
  if (metadata->magic != metadata_magic_) return false;
  frame->metadata = *metadata;
  frame->time_source = QT_RECORD_TIME_XDP;
  metadata->magic = 0;  // the next frame here may come without metadata
  return true;
}

void AfXdpSource::collect(std::vector<Frame>& frames, uint32_t limit, uint64_t) {
  take_descriptors(std::min(limit, frames_));
  for (const xdp_desc& descriptor : taken_) {
    uint8_t* data = static_cast<uint8_t*>(xsk_umem__get_data(memory_.get(), descriptor.addr));
    Frame frame = {data, descriptor.len, descriptor.len, {}, QT_RECORD_TIME_DRAIN};
    if (!take_metadata(reinterpret_cast<qt_metadata*>(data) - 1, &frame) &&
        descriptor.len > sizeof(qt_metadata) && take_metadata(reinterpret_cast<qt_metadata*>(data), &frame)) {
      frame.data += sizeof(qt_metadata);
      frame.captured = frame.length -= sizeof(qt_metadata);
    }
    frame.metadata.rx_queue = static_cast<uint16_t>(rx_queue_);
    frames.push_back(frame);
  }
}

// Takes up to `limit` descriptors, and begins to load what they point to.
void AfXdpSource::take_descriptors(uint32_t limit) {
  uint32_t count = sockets_.size();
  for (uint32_t i = 0; i < count && taken_.size() < limit; i++) {
    prefetch(sockets_[(first_ + i + kSocketsAhead) % count].rx.producer);
    Socket& socket = sockets_[(first_ + i) % count];
    uint32_t index = 0;
    socket.taken = xsk_ring_cons__peek(&socket.rx, limit - taken_.size(), &index);
    for (uint32_t k = 0; k < socket.taken; k++) {
      const xdp_desc* descriptor = xsk_ring_cons__rx_desc(&socket.rx, index + k);
      const auto* data = static_cast<const uint8_t*>(xsk_umem__get_data(memory_.get(), descriptor->addr));
      prefetch(data - sizeof(qt_metadata), sizeof(qt_metadata) + kHeaders);
      taken_.push_back(*descriptor);
    }
  }
  // When the limit cut this pass short, the sockets left out come first in the next.
  first_ = (first_ + 1) % count;
}

void AfXdpSource::release() {
  // The RX rings first: a frame that the kernel has again must find a place in them.
  for (Socket& socket : sockets_) {
    if (socket.taken > 0) xsk_ring_cons__release(&socket.rx, socket.taken);
    socket.taken = 0;
  }
  for (const xdp_desc& descriptor : taken_) fill_.add(xsk_umem__extract_addr(descriptor.addr));
  taken_.clear();
  fill_.submit();
  if (fill_.needs_wakeup()) wake_kernel();
}

void AfXdpSource::add_descriptors(std::vector<int>& descriptors) const {
  for (const Socket& socket : sockets_) descriptors.push_back(xsk_socket__fd(socket.socket.get()));
}

void AfXdpSource::wake_kernel() {
  recvfrom(xsk_socket__fd(sockets_[0].socket.get()), nullptr, 0, MSG_DONTWAIT, nullptr, nullptr);
}

bool AfXdpSource::zero_copy() const {
  xdp_options options = {};
  socklen_t size = sizeof(options);
  int fd = xsk_socket__fd(sockets_[0].socket.get());
  return getsockopt(fd, SOL_XDP, XDP_OPTIONS, &options, &size) == 0 && (options.flags & XDP_OPTIONS_ZEROCOPY);
}

SocketLosses AfXdpSource::losses() const {
  SocketLosses losses;
  uint64_t dropped = 0, fill_empty = 0;
  for (const Socket& socket : sockets_) {
    xdp_statistics statistics = {};
    socklen_t size = sizeof(statistics);
    if (getsockopt(xsk_socket__fd(socket.socket.get()), SOL_XDP, XDP_STATISTICS, &statistics, &size) < 0)
      continue;
    losses.rx_ring_full += statistics.rx_ring_full;
    dropped += statistics.rx_dropped;
    // The sockets share one FILL ring, and each reports that ring's whole count.
    fill_empty = std::max<uint64_t>(fill_empty, statistics.rx_fill_ring_empty_descs);
  }
  // Drivers may also find the FILL ring empty when no frame is waiting; only dropped frames are losses.
  losses.fill_ring_empty = std::min(dropped, fill_empty);
  losses.invalid_descriptor = dropped - losses.fill_ring_empty;
  return losses;
}
