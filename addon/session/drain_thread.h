// A thread that moves frames from its sources into its lane of the recorder, in order of arrival. While some
// come it sleeps by the clock, then until the kernel wakes it.
#ifndef QUIC_TOP_DRAIN_THREAD_H
#define QUIC_TOP_DRAIN_THREAD_H

#include <poll.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "bpf/cid_routes.h"
#include "recorder/recorder.h"
#include "session/capture_source.h"
#include "util/unique_fd.h"

// What all drain threads of a session share.
struct DrainShared {
  uint64_t epoch;                       // qt_recorder.epoch
  volatile qt_config* config;           // watched ports, for frames without metadata; and the heartbeat
  std::atomic<uint64_t> last_frame{0};  // number of the last frame recorded
};

class DrainThread {
 public:
  // The sources and `shared` must outlive the thread. `nice` is what it asks for (setpriority(2)), `cpu` where
  // it runs; nothing: where the kernel puts it. The tap is among the sources of one thread. `routes`, if any,
  // hears of the CIDs that the lane opens.
  DrainThread(LaneWriter lane, std::vector<CaptureSource*> sources, std::unique_ptr<CidRoutes> routes,
              DrainShared* shared, int nice, std::optional<uint32_t> cpu, bool has_tap);
  DrainThread(const DrainThread&) = delete;
  ~DrainThread() { stop(); }

  // Throws CaptureError: the CPU is gone.
  void start();
  // Returns when every frame that had arrived before the call is recorded. May be called twice.
  void stop();

 private:
  void run();
  uint32_t drain();
  void read_clock_offset();
  void say_alive();
  bool sleep_until_woken();

  LaneWriter lane_;
  std::vector<CaptureSource*> sources_;
  std::unique_ptr<CidRoutes> routes_;
  DrainShared* shared_;
  int nice_;
  std::optional<uint32_t> cpu_;
  bool has_tap_;
  UniqueFd stop_;               // readable when the thread is to stop
  std::vector<pollfd> wakers_;  // what wakes it when it has nothing to do
  // A frame's place in frames_, and when it arrived: smaller than a Frame, so quicker to sort.
  struct Arrival {
    uint64_t time;
    uint32_t index;
    bool operator<(const Arrival& other) const {
      return time != other.time ? time < other.time : index < other.index;
    }
  };

  std::vector<Frame> frames_;
  std::vector<Arrival> arrivals_;
  int64_t wall_offset_ = 0;  // wall-clock time minus CLOCK_MONOTONIC, minus epoch
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

#endif
