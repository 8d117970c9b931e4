// What the CPU and the kernel are told about memory before it is used. None of it changes what a program does.
#ifndef QUIC_TOP_MEMORY_HINTS_H
#define QUIC_TOP_MEMORY_HINTS_H

#include <linux/mempolicy.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

// The smallest page of any kernel that quic-top runs on: where pages are larger, some are asked for twice.
constexpr uintptr_t kSmallestPage = 4096;

// The whole pages of this memory, and their size.
inline std::pair<void*, size_t> whole_pages(uint8_t* memory, size_t size) {
  uintptr_t from = (reinterpret_cast<uintptr_t>(memory) + kSmallestPage - 1) & ~(kSmallestPage - 1);
  uintptr_t to = (reinterpret_cast<uintptr_t>(memory) + size) & ~(kSmallestPage - 1);
  return {reinterpret_cast<void*>(from), from < to ? to - from : 0};
}

// Asks for huge pages: in megabytes that are walked through once, every third frame is on a page that the TLB
// has forgotten. Kernels without them refuse, which is no harm.
inline void prefer_huge_pages(uint8_t* memory, size_t size) {
  auto [from, bytes] = whole_pages(memory, size);
  madvise(from, bytes, MADV_HUGEPAGE);
}

// Asks for pages of that NUMA node (-1: of none), which its network card reaches without a detour. Where it has
// none left, or the kernel refuses, they come from another, which is no harm.
inline void prefer_node(uint8_t* memory, size_t size, int node) {
  constexpr int kNodes = 64;
  if (node < 0 || node >= kNodes) return;
  uint64_t nodes = uint64_t{1} << node;
  auto [from, bytes] = whole_pages(memory, size);
  syscall(SYS_mbind, from, bytes, MPOL_PREFERRED, &nodes, kNodes + 1, 0);  // mbind(2) reads one bit less
}

// Has the kernel give the pages now, those of `node` if it has them: the first touch of one costs microseconds,
// which are to spare before packets come. What is in them stays. A part at a time: meanwhile the process can
// map no memory. Before Linux 5.14 it takes a write to each page.
inline void populate(uint8_t* memory, size_t size, int node) {
  constexpr uintptr_t kPart = 1 << 20;
  prefer_huge_pages(memory, size);
  prefer_node(memory, size, node);
  uintptr_t at = reinterpret_cast<uintptr_t>(memory) & ~(kSmallestPage - 1);
  uintptr_t end = reinterpret_cast<uintptr_t>(memory) + size;
  while (at < end && madvise(reinterpret_cast<void*>(at), std::min(kPart, end - at), MADV_POPULATE_WRITE) == 0)
    at += kPart;
  for (; at < end; at += kSmallestPage)
    __atomic_fetch_or(reinterpret_cast<uint8_t*>(std::max(at, reinterpret_cast<uintptr_t>(memory))), 0,
                      __ATOMIC_RELAXED);
}

// Begins to load the cache lines of the first `size` bytes: another CPU has written them.
inline void prefetch(const void* memory, size_t size = 1) {
  constexpr size_t kLine = 64;
  for (size_t offset = 0; offset < size; offset += kLine)
    __builtin_prefetch(static_cast<const uint8_t*>(memory) + offset);
}

#endif
