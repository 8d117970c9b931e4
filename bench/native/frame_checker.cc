#include "frame_checker.h"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <cstring>

namespace {

// Frames that are remembered: many times those of a UMEM.
constexpr size_t kRemembered = size_t{1} << 20;
constexpr auto kPause = std::chrono::microseconds(200);

uint64_t Load(const __u64* position) { return __atomic_load_n(position, __ATOMIC_ACQUIRE); }

// Whether a record is still there, after it or its frame was read.
bool Holds(const qt_lane* lane, uint64_t sequence) {
  __atomic_thread_fence(__ATOMIC_ACQUIRE);
  return __atomic_load_n(&lane->tail, __ATOMIC_RELAXED) <= sequence;
}

}  // namespace

FrameChecker::FrameChecker(uint8_t* memory, const SentFrames& sent, int flip)
    : expected_(MakeTemplateFrame(sent.size, false, true)), flip_(flip), seen_(kRemembered) {
  config_.port = sent.port;
  config_.dcids = sent.dcids;
  config_.backends = sent.backends;
  SetShares(&config_, sent.other_share, 0, 0);
  const auto* recorder = reinterpret_cast<const qt_recorder*>(memory);
  for (uint32_t i = 0; i < recorder->lanes; i++) {
    uint8_t* lane = memory + recorder->lanes_offset + i * recorder->lane_size;
    lanes_.push_back({reinterpret_cast<qt_lane*>(lane), 0});
  }
}

void FrameChecker::Start() {
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "check-frames");
    while (!stopping_.load(std::memory_order_relaxed)) {
      Check();
      std::this_thread::sleep_for(kPause);
    }
  });
}

void FrameChecker::Stop() {
  if (!thread_.joinable()) return;
  stopping_ = true;
  thread_.join();
  Check();
}

void FrameChecker::Check() {
  result_.recorded = 0;
  for (Lane& lane : lanes_) {
    while (CheckLane(&lane)) {
    }
    result_.recorded += Load(&lane.lane->frames);
  }
}

// False: there was nothing new. Every generated frame has one record.
bool FrameChecker::CheckLane(Lane* lane) {
  const uint64_t head = Load(&lane->lane->head);
  const uint64_t tail = Load(&lane->lane->tail);
  if (lane->next >= head) return false;
  if (lane->next < tail) {
    // The oldest that are left would be gone as well.
    const uint64_t next = tail + (head - tail) / 2;
    result_.overwritten += next - lane->next;
    lane->next = next;
  }
  while (lane->next < head) CheckRecord(lane->lane, lane->next++);
  return true;
}

void FrameChecker::CheckRecord(const qt_lane* lane, uint64_t sequence) {
  const auto* memory = reinterpret_cast<const uint8_t*>(lane);
  qt_record record;
  const uint64_t slot = sequence & (lane->record_slots - 1);
  std::memcpy(&record, memory + lane->records_offset + slot * sizeof(record), sizeof(record));
  if (!Holds(lane, sequence)) {
    result_.overwritten++;
    return;
  }
  auto* bytes = const_cast<uint8_t*>(memory) + lane->bytes_offset + record.bytes % lane->bytes_capacity;
  const std::string problem = Compare(record, bytes);
  if (!problem.empty() && !Holds(lane, sequence)) {
    result_.overwritten++;
    return;
  }
  result_.checked++;
  if (problem.empty()) return;
  result_.wrong++;
  if (result_.first.empty()) result_.first = "record " + std::to_string(sequence) + ": " + problem;
}

const std::vector<uint8_t>& FrameChecker::Expect(uint64_t number) {
  uint8_t* udp = expected_.bytes.data() + expected_.udp_offset;
  gen_write_kind(udp, &config_, gen_kind_of(&config_, number), static_cast<uint32_t>(number % config_.dcids));
  gen_write_number(udp, expected_.bytes.data() + expected_.bytes.size(), number);
  return expected_.bytes;
}

// What is wrong with a frame; empty: nothing is.
std::string FrameChecker::Compare(const qt_record& record, uint8_t* bytes) {
  const size_t size = expected_.bytes.size();
  if (record.captured_length != size || record.frame_length != size || record.index != 0) {
    return std::to_string(record.captured_length) + " bytes of " + std::to_string(record.frame_length) +
           ", packet " + std::to_string(record.index);
  }
  if (flip_ >= 0) {
    bytes[static_cast<size_t>(flip_) % size] ^= 1;
    flip_ = -1;
  }
  const size_t quic = expected_.udp_offset + 8;
  uint64_t number = 0;
  std::memcpy(&number, bytes + quic + GEN_NUMBER_OFFSET, sizeof(number));
  const uint8_t* expected = Expect(number).data();
  if (std::memcmp(bytes, expected, size) != 0) {
    const auto differs = std::mismatch(expected, expected + size, bytes);
    return "frame " + std::to_string(number) + " differs from byte " +
           std::to_string(differs.first - expected) + " on";
  }
  const bool has_backend = record.flags & QT_RECORD_HAS_BACKEND;
  const bool names_backend = gen_kind_of(&config_, number) == GEN_CIDV1;
  if (std::memcmp(record.dcid, expected + quic + GEN_DCID_OFFSET, GEN_DCID_LENGTH) != 0 ||
      has_backend != names_backend ||
      (has_backend && record.backend != number % config_.dcids % config_.backends)) {
    return "the record of frame " + std::to_string(number) + " is another one's";
  }
  uint64_t& seen = seen_[number % kRemembered];
  if (seen == number + 1) {
    result_.repeated++;
    return "frame " + std::to_string(number) + " was recorded before";
  }
  seen = number + 1;
  result_.beyond = std::max(result_.beyond, number + 1);
  return "";
}
