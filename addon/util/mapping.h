// A memory mapping that unmaps itself.
#ifndef QUIC_TOP_MAPPING_H
#define QUIC_TOP_MAPPING_H

#include <sys/mman.h>

#include <cstdint>
#include <string>
#include <utility>

#include "util/capture_error.h"

class Mapping {
 public:
  // Like mmap(2). `what` names it in the error. Throws CaptureError.
  Mapping(const std::string& what, size_t size, int protection, int flags, int fd = -1, off_t offset = 0)
      : size_(size) {
    void* memory = mmap(nullptr, size, protection, flags, fd, offset);
    if (memory == MAP_FAILED) throw system_error("map " + what, errno);
    memory_ = static_cast<uint8_t*>(memory);
  }
  Mapping(Mapping&& other) noexcept : memory_(std::exchange(other.memory_, nullptr)), size_(other.size_) {}
  Mapping& operator=(Mapping&&) = delete;
  ~Mapping() {
    if (memory_) munmap(memory_, size_);
  }

  uint8_t* get() const { return memory_; }
  size_t size() const { return size_; }

 private:
  uint8_t* memory_ = nullptr;
  size_t size_;
};

#endif
