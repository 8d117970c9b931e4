// What the verifier says of a program that it takes, with BPF_LOG_STATS (kernel/bpf/verifier.c), on every
// kernel:
//   verification time 14512 usec
//   stack depth 40+160
//   processed 33640 insns (limit 1000000) ...
#pragma once

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <optional>

namespace verifier_log {

constexpr uint32_t kStatistics = 4;  // BPF_LOG_STATS (include/linux/bpf_verifier.h)
// It writes more than it leaves, and its answer is ENOSPC when that does not fit.
constexpr uint32_t kSize = 1 << 20;

// Instructions that it walked.
inline std::optional<uint32_t> instructions(const char* log) {
  constexpr char kProcessed[] = "processed ";
  const char* found = std::strstr(log, kProcessed);
  if (!found) return std::nullopt;
  return static_cast<uint32_t>(std::strtoul(found + std::strlen(kProcessed), nullptr, 10));
}

// Bytes of stack: of "184+0+32", with functions that were not inlined, the sum, which is an upper bound.
inline std::optional<uint32_t> stack(const char* log) {
  constexpr char kDepth[] = "stack depth ";
  const char* next = std::strstr(log, kDepth);
  if (!next) return std::nullopt;
  uint32_t sum = 0;
  for (next += std::strlen(kDepth) - 1; *next == '+' || *next == ' ';) {
    char* end = nullptr;
    sum += static_cast<uint32_t>(std::strtoul(next + 1, &end, 10));
    next = end;
  }
  return sum;
}

}  // namespace verifier_log
