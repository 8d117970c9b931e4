#include "capture_session.h"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <thread>

#include "capture_error.h"
#include "clock.h"

namespace {

constexpr int kBindTries = 20;
constexpr long kBindPause = 50'000'000;  // nanoseconds

// Waits until no CPU is in a run of the program that began before the call. A global membarrier is an RCU grace
// period, and programs run, and hand their frames to sockets, inside RCU read sections (NAPI polls).
void wait_for_running_programs() {
  if (syscall(__NR_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) != 0) {
    // nohz_full kernels refuse it. A NAPI poll is over in far less than this.
    timespec pause = {0, 50'000'000};
    nanosleep(&pause, nullptr);
  }
}

// The kernel makes an RX queue free a moment after the last socket on it was closed, so a quic-top that is
// started right after another one ended finds it busy, and a second later not.
std::unique_ptr<AfXdpSource> bind_queue(const Interface& interface, uint32_t queue, uint32_t slots, bool copy) {
  for (int tries = 1;; tries++) {
    try {
      return std::make_unique<AfXdpSource>(interface, queue, slots, copy);
    } catch (const CaptureError& error) {
      if (error.code() != "EBUSY" || tries == kBindTries) throw;
    }
    timespec pause = {0, kBindPause};
    nanosleep(&pause, nullptr);
  }
}

}  // namespace

CaptureSession::CaptureSession(const SessionOptions& options, uint8_t* memory, size_t size)
    : CaptureSession(options, Interface(options.interface), memory, size) {}

CaptureSession::CaptureSession(const SessionOptions& options, const Interface& interface, uint8_t* memory,
                               size_t size)
    : options_(options),
      rx_queues_(interface.rx_queues()),
      shared_{static_cast<uint64_t>(nanoseconds(CLOCK_REALTIME)), nullptr},
      watch_(interface),
      program_(XdpProgram::open(interface, options.xdp, options.cid_table, options.snaplen)),
      tc_(interface, program_, without_xdp()),
      cids_(program_.cid_counter(),
            nanoseconds(CLOCK_REALTIME) - nanoseconds(CLOCK_MONOTONIC) - static_cast<int64_t>(shared_.epoch)),
      tap_(program_.tap_buffer(), program_.tap_size(), interface.link_type()) {
  shared_.config = program_.config();
  bool copy = options.xdp == XdpMode::kGeneric;
  uint32_t socket_queues = without_xdp() ? 0 : std::min(rx_queues_, program_.rx_queues());
  for (uint32_t queue = 0; queue < socket_queues; queue++) {
    sockets_.push_back(bind_queue(interface, queue, program_.slots(), copy));
  }
  // Binding fails while another process captures here, so from here on the program is ours alone. The sockets
  // must not get frames by the mode that a killed process left in it.
  program_.take_over();
  wait_for_running_programs();
  for (auto& queue : sockets_) queue->register_sockets(program_.xsks_map());

  // One thread for each RX queue with sockets, but no more than cores; the first also drains the tap.
  uint32_t cores = std::max(1u, std::thread::hardware_concurrency());
  uint32_t lanes = std::clamp(socket_queues, 1u, cores);
  std::vector<LaneWriter> writers = lay_out_recorder(memory, size, lanes, shared_.epoch, options.snaplen);
  for (uint32_t lane = 0; lane < lanes; lane++) {
    std::vector<CaptureSource*> sources;
    for (uint32_t queue = lane; queue < sockets_.size(); queue += lanes)
      sources.push_back(sockets_[queue].get());
    if (lane == 0) sources.push_back(&tap_);
    threads_.push_back(std::make_unique<DrainThread>(writers[lane], std::move(sources), &shared_));
  }

  // The kernel closes what a killed process leaves last opened first, and sockets slowly: what must not linger
  // is opened after them.
  if (options.promiscuous) promiscuous_ = join_promiscuous(interface);
  program_.set_ports(options.ports);
  program_.attach(options.xdp);
  tc_.attach();
}

void CaptureSession::start() {
  if (state_ != State::kOpen) return;
  tap_.discard();
  for (auto& thread : threads_) thread->start();
  before_ = program_.counters();
  egress_before_ = tc_.egress_counters();
  state_ = State::kStarted;
  program_.set_mode(options_.mode);
}

void CaptureSession::set_mode(qt_mode mode) {
  if (mode == QT_MODE_DIVERT && without_xdp())
    throw CaptureError("XDP_NONE", "change to mode divert failed: without XDP nothing can be diverted",
                       "stay in tap");
  options_.mode = mode;
  if (state_ == State::kStarted) program_.set_mode(mode);
}

void CaptureSession::stop() {
  if (state_ == State::kStopped) return;
  program_.detach();
  tc_.detach();
  wait_for_running_programs();
  for (auto& thread : threads_) thread->stop();
  state_ = State::kStopped;
}

SessionState CaptureSession::look() {
  const LinkState& link = watch_.look();
  bool arrives = without_xdp() ? tc_.has_ingress() : program_.is_attached(link.program);
  return {link, arrives, tc_.has_egress()};
}

std::array<uint64_t, QT_LOSSES> CaptureSession::losses(const Counters& counters, const Counters& egress) const {
  std::array<uint64_t, QT_LOSSES> lost = {};
  for (const auto& queue : sockets_) {
    SocketLosses losses = queue->losses();
    lost[QT_LOST_RX_RING_FULL] += losses.rx_ring_full;
    lost[QT_LOST_FILL_RING_EMPTY] += losses.fill_ring_empty;
    lost[QT_LOST_INVALID_DESCRIPTOR] += losses.invalid_descriptor;
  }
  lost[QT_LOST_TAP_BUFFER_FULL] = counters[QT_TAP_FULL].packets + egress[QT_TAP_FULL].packets;
  return lost;
}
