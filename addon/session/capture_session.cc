#include "session/capture_session.h"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <thread>

#include "session/cpus.h"
#include "util/capture_error.h"
#include "util/clock.h"
#include "util/memory_hints.h"

namespace {

constexpr int kBindTries = 20;
// Each has its part of the recorder, and wakes up a thousand times a second.
constexpr uint32_t kMostLanes = 8;
// Packets are lost when a drain thread waits for a core. Where they were taken from the host it goes before all
// ordinary work; where the host has them too, the host's work is as good as ours.
constexpr int kNiceOfTakers = -20;
// Packets a second that a CPU copies where nobody said how many.
constexpr uint32_t kTapBudget = 200'000;
// Connection IDs that a drain thread opens with a key in a second: a tenth of a core at most.
constexpr uint32_t kOpenedCids = 100'000;
constexpr int kCarrierTries = 40;
constexpr long kPause = 50'000'000;  // nanoseconds

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
std::unique_ptr<AfXdpSource> bind_queue(const Interface& interface, uint32_t queue, uint32_t sockets,
                                        bool zero_copy, uint32_t metadata_magic) {
  for (int tries = 1;; tries++) {
    try {
      return std::make_unique<AfXdpSource>(interface, queue, sockets, zero_copy, metadata_magic);
    } catch (const CaptureError& error) {
      if (error.code() != "EBUSY" || tries == kBindTries) throw;
    }
    timespec pause = {0, kPause};
    nanosleep(&pause, nullptr);
  }
}

// A driver that resets its port, to take a program or to let go of it, needs a moment until the link is up
// again.
void wait_for_carrier(int index) {
  for (int tries = 0; tries < kCarrierTries; tries++) {
    std::optional<InterfaceSnapshot> now = take_snapshot(index);
    if (!now || !now->link.up || now->link.carrier) return;
    timespec pause = {0, kPause};
    nanosleep(&pause, nullptr);
  }
}

}  // namespace

CaptureSession::CaptureSession(const SessionOptions& options, uint8_t* memory, size_t size)
    : CaptureSession(options, Interface(options.interface), memory, size) {}

CaptureSession::CaptureSession(const SessionOptions& options, const Interface& interface, uint8_t* memory,
                               size_t size)
    : options_(options),
      index_(interface.index()),
      link_type_(interface.link_type()),
      rx_queues_(interface.rx_queues()),
      shared_{static_cast<uint64_t>(nanoseconds(CLOCK_REALTIME)), nullptr},
      populated_(std::async(std::launch::async, populate, memory, size, interface.numa_node())),
      watch_(interface),
      before_attach_(take_snapshot(index_)),
      programs_(interface, options.programs) {
  for (uint32_t cpu : options.cpus) try_cpu(cpu);
  for (const UniqueFd& buffer : maps().tap_buffers())
    taps_.push_back(std::make_unique<TapSource>(buffer.get(), link_type_));
  shared_.config = programs_.config().get();
  bind_sockets(interface);
  // Binding fails while another process captures here, so from here on the program is ours alone. The sockets
  // must not get frames by the mode that a killed process left in it.
  programs_.config().take_over(interface.is_any() ? uint32_t{QT_ANY_INTERFACE} : index_);
  cid_lengths_.emplace(shared_.config);
  wait_for_running_programs();
  for (auto& queue : sockets_) queue->register_sockets(maps().xsks_map(), maps().constants().slots);

  // One thread for each RX queue with sockets, but no more than cores and kMostLanes.
  uint32_t cores = std::clamp(std::thread::hardware_concurrency(), 1u, kMostLanes);
  uint32_t queues = with_xdp() ? std::min(interface.xdp_rx_queues(), maps().rx_queues()) : 1;
  recorder_ = lay_out_recorder(memory, size, std::clamp(queues, 1u, cores), shared_.epoch,
                               programs_.cid_schemes(), options.programs.snaplen);
  cids_.emplace(
      maps().cid_counter(), recorder_.cids.get(), programs_.cid_schemes(),
      nanoseconds(CLOCK_REALTIME) - nanoseconds(CLOCK_MONOTONIC) - static_cast<int64_t>(shared_.epoch));
  backends_.emplace(maps().backend_counter(), recorder_.cids.get());

  // The kernel closes what a killed process leaves last opened first, and sockets slowly: what must not linger
  // is opened after them.
  if (options.promiscuous) promiscuous_ = join_promiscuous(interface);
  programs_.config().set_ports(options.ports);
  programs_.config().set_short(options.short_headers);
  populated_.wait();
  programs_.attach();
  if (with_xdp() && before_attach_ && before_attach_->link.carrier) wait_for_carrier(index_);
  restore_features_later();
  bind_new_queues(interface);
  programs_.finish_setup();
  make_threads();
}

// To the RX queues in use that have none yet, and that xsks_map has keys for. The kernel binds to no others.
void CaptureSession::bind_sockets(const Interface& interface) {
  uint32_t queues = with_xdp() ? std::min(rx_queues_, maps().rx_queues()) : 0;
  const qt_constants& constants = maps().constants();
  uint32_t sockets = std::min(options_.sockets, constants.slots);
  for (uint32_t queue = sockets_.size(); queue < queues; queue++)
    sockets_.push_back(bind_queue(interface, queue, sockets, options_.zero_copy, constants.metadata_magic));
}

// A driver may have taken more RX queues into use for the program that is attached (Interface::xdp_rx_queues).
void CaptureSession::bind_new_queues(const Interface& interface) {
  if (!with_xdp()) return;
  rx_queues_ = Ethtool(interface.name()).channels().rx_queues();
  size_t bound = sockets_.size();
  bind_sockets(interface);
  if (sockets_.size() == bound) return;
  for (size_t queue = bound; queue < sockets_.size(); queue++)
    sockets_[queue]->register_sockets(maps().xsks_map(), maps().constants().slots);
  programs_.be_closed_first();
}

// Generic XDP switches LRO and GRO in hardware off for good, some drivers LRO.
void CaptureSession::restore_features_later() {
  if (!before_attach_ || !with_xdp() || !programs_.owned()) return;
  std::optional<InterfaceSnapshot> now = take_snapshot(before_attach_->link.index);
  if (!now) return;
  std::vector<std::string> features = switched_off(*before_attach_, *now);
  if (!features.empty()) restorer_.start(now->link.index, programs_.id(), features);
}

// One for each lane of the recorder; the first also drains the taps.
void CaptureSession::make_threads() {
  std::vector<LaneWriter>& lanes = recorder_.lanes;
  const std::vector<uint32_t>& cpus = options_.cpus;
  int nice = with_xdp() ? kNiceOfTakers : 0;
  for (size_t lane = 0; lane < lanes.size(); lane++) {
    std::optional<uint32_t> cpu;
    if (!cpus.empty()) cpu = cpus[lane % cpus.size()];
    std::vector<CaptureSource*> sources;
    for (size_t queue = lane; queue < sockets_.size(); queue += lanes.size())
      sources.push_back(sockets_[queue].get());
    if (lane == 0) {
      for (auto& tap : taps_) sources.push_back(tap.get());
    }
    lanes[lane].learn_lengths(&*cid_lengths_);
    if (options_.short_headers.mode == QT_SHORT_ALL) lanes[lane].record_coalesced_short();
    std::unique_ptr<CidRoutes> routes;
    if (programs_.writes_routes()) {
      routes = std::make_unique<CidRoutes>(maps().cid_backend_map());
      lanes[lane].watch_opened(routes.get(), kOpenedCids);
    }
    threads_.push_back(std::make_unique<DrainThread>(lanes[lane], std::move(sources), std::move(routes),
                                                     &shared_, nice, cpu, lane == 0));
  }
}

void CaptureSession::start() {
  if (state_ != State::kOpen) return;
  for (auto& tap : taps_) tap->discard();
  for (auto& thread : threads_) thread->start();
  before_ = programs_.counters();
  egress_before_ = programs_.egress_counters();
  state_ = State::kStarted;
  enter_mode();
}

void CaptureSession::set_mode(qt_mode mode) {
  if (mode == QT_MODE_DIVERT && !with_xdp()) {
    throw CaptureError("XDP_NONE", "change to mode divert failed: this capture has no XDP program",
                       "start one that has: sudo quic-top " + options_.interface + " --mode divert");
  }
  options_.mode = mode;
  if (state_ == State::kStarted) enter_mode();
}

// Whoever diverts wants the packets; a host that is only watched is to feel little of a flood.
void CaptureSession::enter_mode() {
  uint32_t usual = options_.mode == QT_MODE_TAP ? kTapBudget : 0;
  programs_.config().set_budget(options_.budget.value_or(usual));
  programs_.config().set_mode(options_.mode);
}

void CaptureSession::stop() {
  if (state_ == State::kStopped) return;
  std::optional<InterfaceSnapshot> attached = take_snapshot(index_);
  programs_.detach();
  wait_for_running_programs();
  for (auto& thread : threads_) thread->stop();
  programs_.give_back();
  state_ = State::kStopped;
  promiscuous_.reset();
  restorer_.finish();
  if (attached && attached->link.carrier) wait_for_carrier(index_);
  after_detach_ = take_snapshot(index_);
}

SessionState CaptureSession::look() {
  const LinkState& link = watch_.look();
  return {link, programs_.sees_arriving(link.program), programs_.sees_leaving()};
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
