// Compares each frame that a drain thread records with the one that the generator sent (generator --numbered),
// in a flight recorder that is being written (recorder_layout.h).
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "generator_abi.h"
#include "recorder/recorder_layout.h"
#include "template_frame.h"

// What the generator was told.
struct SentFrames {
  size_t size = 1200;  // of a frame, in bytes
  uint32_t dcids = 1000;
  uint32_t backends = 64;
  double other_share = 0;
  uint16_t port = 4433;
};

// In frames.
struct CheckResult {
  uint64_t recorded = 0;     // by the drain threads, since the start
  uint64_t checked = 0;      // were compared
  uint64_t overwritten = 0;  // were gone before they could be compared
  uint64_t wrong = 0;        // of those compared: not what was sent
  uint64_t repeated = 0;     // of those compared: recorded a second time, of the last million
  uint64_t beyond = 0;       // one more than the highest number
  std::string first;         // what was wrong first
};

class FrameChecker {
 public:
  // `memory` must outlive this. The byte `flip` of the first frame is changed in the recorder before it is
  // compared, to see that this is found; -1: none.
  FrameChecker(uint8_t* memory, const SentFrames& sent, int flip = -1);
  ~FrameChecker() { Stop(); }

  // Compares what has been recorded since the last call.
  void Check();
  // Does so in a thread of its own, until Stop(), which compares what is left. Stop() is legal in any state.
  void Start();
  void Stop();

  // The frame of that number as the generator sends it; valid until the next call, of Check() as well. Not
  // while the thread runs.
  const std::vector<uint8_t>& Expect(uint64_t number);

  // Not while the thread runs.
  const CheckResult& result() const { return result_; }

 private:
  struct Lane {
    qt_lane* lane;
    uint64_t next;  // sequence number of the record to be looked at
  };

  bool CheckLane(Lane* lane);
  void CheckRecord(const qt_lane* lane, uint64_t sequence);
  std::string Compare(const qt_record& record, uint8_t* bytes);

  std::vector<Lane> lanes_;
  gen_config config_{};
  TemplateFrame expected_;
  int flip_;
  std::vector<uint64_t> seen_;  // by number modulo its size: 1 + the number
  CheckResult result_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};
