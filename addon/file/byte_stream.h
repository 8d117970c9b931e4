// The bytes of a file, a pipe or standard input, unpacked when they are gzip. Memory stays bounded however long
// it is, and so does the time of a turn, whatever the bytes are: a pipe that is silent is not waited for, and
// what gives nothing (empty members of gzip, blocks to skip) is left for the next turn.
#ifndef QUIC_TOP_BYTE_STREAM_H
#define QUIC_TOP_BYTE_STREAM_H

#include <zlib.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "util/capture_error.h"
#include "util/unique_fd.h"

// The hint of errors about files that are cut or damaged.
extern const char* const kCopyAgain;

class ByteStream {
 public:
  enum class State {
    kReady,
    kWaiting,  // a pipe had nothing to give, or the turn is over; ask again in the next
    kEnd,      // the input ends before
  };

  // The most that can be asked for at once.
  static constexpr size_t kMaxNeed = 512 * 1024;

  // `path` "-" is standard input. Throws CaptureError.
  explicit ByteStream(const std::string& path);

  // Begins a turn: some milliseconds, after which whoever asked gets its thread back.
  void start_turn();
  bool turn_is_over() const;

  // Whether data() has at least `size` bytes. What data() gave before is no longer good.
  // Throws CaptureError where gzip is damaged, with the code TRUNCATED where it ends in the middle.
  State need(size_t size);
  const uint8_t* data() const { return buffer_.data() + begin_; }
  size_t available() const { return end_ - begin_; }
  // Moves on by `size` bytes, also past what is available; data() stays good until the next need().
  void skip(uint64_t size);
  // Its name in messages.
  const std::string& name() const { return name_; }
  // An error about the contents: "<name>: <what>".
  CaptureError error(const std::string& code, const std::string& what, const std::string& hint) const;

 private:
  struct EndInflate {
    void operator()(z_stream* stream) const;
  };

  bool fill();
  bool read_input(uint8_t* to, size_t size, size_t* got);
  bool unpack();
  void start_unpacking();

  std::string name_;
  UniqueFd opened_;
  int fd_;
  bool can_block_;
  bool input_ended_ = false;
  bool finished_ = false;  // nothing will be added to the buffer any more
  bool looked_ = false;    // whether it is gzip has been decided
  std::vector<uint8_t> buffer_;
  size_t begin_ = 0;
  size_t end_ = 0;
  uint64_t to_skip_ = 0;
  int64_t turn_ends_ = 0;  // CLOCK_MONOTONIC, nanoseconds
  // Of gzip only.
  std::vector<uint8_t> packed_;
  std::unique_ptr<z_stream, EndInflate> inflate_;
  bool member_ended_ = false;
  bool damaged_ = false;
};

#endif
