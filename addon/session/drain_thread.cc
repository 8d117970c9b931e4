#include "session/drain_thread.h"

#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>

#include "quic.h"
#include "session/cpus.h"
#include "util/capture_error.h"
#include "util/clock.h"
#include "util/memory_hints.h"

namespace {

constexpr uint32_t kBatch = 1024;  // frames of one source in one pass: the rest of its UMEM is free meanwhile
// A pass is aimed at this many frames. Sleeping by the clock costs a fraction of what wake-ups cost.
constexpr uint32_t kAim = 512;
constexpr int64_t kMinSleep = 200'000;  // nanoseconds
// No longer than until the smallest source is full at four million frames a second, within these bounds.
constexpr int64_t kLeastMaxSleep = 1'000'000;
constexpr int64_t kMostMaxSleep = 2'000'000;
constexpr int64_t kFastest = 250;  // nanoseconds from a frame to the next
constexpr int64_t kClockCheck = kSecond;
constexpr int64_t kHeartbeat = kSecond / 10;
// Nanoseconds after which a program that has read the clock has made its copy.
constexpr int64_t kSettled = 10'000;
// After so many passes that found nothing the thread sleeps until a frame comes.
constexpr uint32_t kIdlePasses = 20;
// The frame whose bytes are fetched while another is recorded, and how many of them: from there on, the CPU
// sees by itself what comes next.
constexpr uint32_t kAhead = 3;
constexpr uint32_t kPrefetched = 512;
// For drivers that give no metadata: parses the frame again. When the watched ports have changed meanwhile it
// is no longer ours, yet the host has lost it, so it is kept with what is known.
void describe(const volatile qt_config* config, Frame* frame) {
  qt_packet packet = {};
  qt_classify(frame->data, frame->data + frame->captured, 0, config, &packet);
  qt_fill_metadata(&packet, &frame->metadata);
  frame->metadata.time = nanoseconds(CLOCK_MONOTONIC);
}

}  // namespace

DrainThread::DrainThread(LaneWriter lane, std::vector<CaptureSource*> sources,
                         std::unique_ptr<CidRoutes> routes, DrainShared* shared, int nice,
                         std::optional<uint32_t> cpu, bool has_tap)
    : lane_(lane),
      sources_(std::move(sources)),
      routes_(std::move(routes)),
      shared_(shared),
      nice_(nice),
      cpu_(cpu),
      has_tap_(has_tap) {
  frames_.reserve(kBatch * sources_.size());
  arrivals_.reserve(frames_.capacity());
  stop_ = UniqueFd(eventfd(0, EFD_CLOEXEC));
  if (!stop_) throw system_error("make a descriptor to stop a thread by", errno);
  std::vector<int> descriptors = {stop_.get()};
  for (const CaptureSource* source : sources_) source->add_descriptors(descriptors);
  for (int descriptor : descriptors) wakers_.push_back({descriptor, POLLIN, 0});
}

void DrainThread::start() {
  read_clock_offset();
  say_alive();
  // The thread inherits it: when it runs, this process may have given up the right to it. Refused without
  // privilege, which is no harm.
  int before = getpriority(PRIO_PROCESS, 0);
  if (nice_ != 0) setpriority(PRIO_PROCESS, 0, nice_);
  thread_ = std::thread([this] { run(); });
  setpriority(PRIO_PROCESS, 0, before);
  if (cpu_) place_thread(thread_.native_handle(), *cpu_);
}

void DrainThread::stop() {
  stopping_.store(true, std::memory_order_release);
  eventfd_write(stop_.get(), 1);
  if (thread_.joinable()) thread_.join();
}

void DrainThread::run() {
  pthread_setname_np(pthread_self(), "qt-drain");
  prctl(PR_SET_TIMERSLACK, 10'000);

  uint32_t room = UINT32_MAX;
  for (const CaptureSource* source : sources_) room = std::min(room, source->room());
  const int64_t max_sleep = std::clamp(room * kFastest, kLeastMaxSleep, kMostMaxSleep);
  int64_t sleep = max_sleep;
  uint32_t empty_passes = 0;
  bool woken = true;
  int64_t clock_checked = nanoseconds(CLOCK_MONOTONIC), heartbeat = clock_checked;
  while (!stopping_.load(std::memory_order_acquire)) {
    uint32_t count = woken ? drain() : 0;
    int64_t now = nanoseconds(CLOCK_MONOTONIC);
    if (now - heartbeat > kHeartbeat) {
      heartbeat = now;
      say_alive();
    }
    sleep = std::clamp(count == 0 ? max_sleep : sleep * kAim / count, kMinSleep, max_sleep);
    if (count >= kBatch) continue;
    empty_passes = count == 0 ? empty_passes + 1 : 0;
    woken = true;
    if (empty_passes > kIdlePasses) {
      woken = sleep_until_woken();
    } else {
      timespec pause = {0, sleep};
      nanosleep(&pause, nullptr);
    }
    if (now - clock_checked > kClockCheck) {
      clock_checked = now;
      read_clock_offset();
    }
  }
  while (drain() > 0) {
  }
}

// Or until it is time for the next heartbeat: then there is nothing to drain, and false is returned. A copy
// whose place is reserved before `wakes` is set is seen by poll(2).
bool DrainThread::sleep_until_woken() {
  if (has_tap_) __atomic_store_n(&shared_->config->wakes, 1, __ATOMIC_SEQ_CST);
  bool woken = poll(wakers_.data(), wakers_.size(), kHeartbeat / kMillisecond) != 0;
  if (has_tap_) __atomic_store_n(&shared_->config->wakes, 0, __ATOMIC_RELAXED);
  return woken;
}

// Without it the programs take and copy nothing (xdp/config.h).
void DrainThread::say_alive() {
  uint64_t now = nanoseconds(CLOCK_MONOTONIC);
  __atomic_store_n(&shared_->config->heartbeat, now, __ATOMIC_RELAXED);
}

// NTP slews and steps the wall clock, so the offset is read again and again.
void DrainThread::read_clock_offset() {
  wall_offset_ =
      nanoseconds(CLOCK_REALTIME) - static_cast<int64_t>(shared_->epoch) - nanoseconds(CLOCK_MONOTONIC);
}

uint32_t DrainThread::drain() {
  frames_.clear();
  // An answer that is in one source by now must not be recorded before its question, which another source has
  // got since it was looked at.
  uint64_t until = nanoseconds(CLOCK_MONOTONIC) - kSettled;
  for (CaptureSource* source : sources_) source->collect(frames_, kBatch, until);
  arrivals_.clear();
  uint32_t count = frames_.size();
  for (uint32_t i = 0; i < count; i++) {
    if (frames_[i].time_source == QT_RECORD_TIME_DRAIN) describe(shared_->config, &frames_[i]);
    arrivals_.push_back({frames_[i].metadata.time, i});
  }
  // Each socket is in order by itself; a request and its answer may come by different ones.
  if (!std::is_sorted(arrivals_.begin(), arrivals_.end())) std::sort(arrivals_.begin(), arrivals_.end());
  uint64_t number = shared_->last_frame.fetch_add(count, std::memory_order_relaxed);
  for (uint32_t i = 0; i < count; i++) {
    if (i + kAhead < count) {
      const Frame& next = frames_[arrivals_[i + kAhead].index];
      prefetch(next.data, std::min(next.captured, kPrefetched));
    }
    const Frame& frame = frames_[arrivals_[i].index];
    int64_t time = static_cast<int64_t>(frame.metadata.time) + wall_offset_;
    lane_.record(frame, ++number, time > 0 ? time : 0);
  }
  for (CaptureSource* source : sources_) source->release();
  if (routes_) routes_->write();
  return count;
}
