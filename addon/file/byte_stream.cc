#include "file/byte_stream.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>

#include "util/clock.h"

const char* const kCopyAgain = "copy the file again from where it was written";

namespace {

// How long a turn works, or waits for a silent pipe: signals, the time and keys are looked at in between.
constexpr int kTurn = 5;  // milliseconds
constexpr size_t kPackedSize = 64 * 1024;
// The buffer's size until a block asks for more: most files never do.
constexpr size_t kFirstSize = 64 * 1024;
constexpr uint8_t kGzipMagic[] = {0x1f, 0x8b};
constexpr int kGzipWindow = 15 + 16;  // inflateInit2: the largest window, with a gzip header

const char* hint_for(int error_number) {
  switch (error_number) {
    case ENOENT:
      return "look for it with ls; \"-\" reads standard input";
    case EACCES:
    case EPERM:
      return "let this user read it, or run quic-top as a user who may";
    default:
      return "give a pcap or pcapng file, plain or gzip";
  }
}

CaptureError open_error(const std::string& what, int error_number) {
  return system_error(what, error_number, hint_for(error_number));
}

}  // namespace

void ByteStream::EndInflate::operator()(z_stream* stream) const {
  inflateEnd(stream);
  delete stream;
}

ByteStream::ByteStream(const std::string& path)
    : name_(path == "-" ? "standard input" : path), fd_(STDIN_FILENO), buffer_(kFirstSize) {
  if (path != "-") {
    // A named pipe without a writer must not block.
    opened_ = UniqueFd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!opened_) throw open_error("open " + path, errno);
    fd_ = opened_.get();
  }
  struct stat status;
  if (fstat(fd_, &status) < 0) throw open_error("read " + name_, errno);
  if (S_ISDIR(status.st_mode)) throw open_error("read " + name_, EISDIR);
  if (path == "-" && isatty(fd_)) {
    throw error("TERMINAL", "is a terminal", "pipe a capture into it, or name a file: quic-top -r FILE");
  }
  can_block_ = !S_ISREG(status.st_mode);
}

CaptureError ByteStream::error(const std::string& code, const std::string& what,
                               const std::string& hint) const {
  return CaptureError(code, name_ + ": " + what, hint);
}

void ByteStream::skip(uint64_t size) {
  size_t now = std::min<uint64_t>(size, available());
  begin_ += now;
  to_skip_ += size - now;
}

void ByteStream::start_turn() { turn_ends_ = nanoseconds(CLOCK_MONOTONIC) + kTurn * kMillisecond; }

bool ByteStream::turn_is_over() const { return nanoseconds(CLOCK_MONOTONIC) >= turn_ends_; }

ByteStream::State ByteStream::need(size_t size) {
  if (size > buffer_.size() / 2) buffer_.resize(2 * kMaxNeed);
  while (to_skip_ > 0 || available() < size) {
    if (finished_) {
      if (damaged_) throw error("DAMAGED", "the gzip data are damaged", kCopyAgain);
      if (inflate_ && !member_ended_) throw error("TRUNCATED", "the gzip data end in the middle", kCopyAgain);
      return State::kEnd;
    }
    if (turn_is_over() || !fill()) return State::kWaiting;
    size_t skipped = std::min<uint64_t>(to_skip_, available());
    begin_ += skipped;
    to_skip_ -= skipped;
  }
  return State::kReady;
}

// Adds bytes to the buffer, or finds the end. False: there are none yet.
bool ByteStream::fill() {
  if (begin_ > 0) {
    memmove(buffer_.data(), data(), available());
    end_ -= begin_;
    begin_ = 0;
  }
  if (inflate_) return unpack();
  size_t got;
  if (!read_input(buffer_.data() + end_, buffer_.size() - end_, &got)) return false;
  end_ += got;
  finished_ = input_ended_;
  if (!looked_ && (end_ >= sizeof(kGzipMagic) || input_ended_)) {
    looked_ = true;
    if (end_ >= sizeof(kGzipMagic) && memcmp(buffer_.data(), kGzipMagic, sizeof(kGzipMagic)) == 0)
      start_unpacking();
  }
  return true;
}

// Reads up to `size` bytes as they are in the input. False: a pipe has none yet.
bool ByteStream::read_input(uint8_t* to, size_t size, size_t* got) {
  *got = 0;
  if (input_ended_) return true;
  if (can_block_) {
    pollfd input = {fd_, POLLIN, 0};
    if (poll(&input, 1, kTurn) <= 0) return false;
  }
  ssize_t result = ::read(fd_, to, size);
  if (result < 0 && (errno == EINTR || errno == EAGAIN)) return false;
  if (result < 0) throw open_error("read " + name_, errno);
  if (result == 0) input_ended_ = true;
  *got = result;
  return true;
}

// What was read so far turns out to be packed.
void ByteStream::start_unpacking() {
  packed_.resize(std::max(kPackedSize, end_));
  memcpy(packed_.data(), buffer_.data(), end_);
  finished_ = false;
  inflate_.reset(new z_stream{});
  inflate_->next_in = packed_.data();
  inflate_->avail_in = end_;
  end_ = 0;
  if (inflateInit2(inflate_.get(), kGzipWindow) != Z_OK)
    throw error("ENOMEM", "no memory for gzip", "free memory");
}

bool ByteStream::unpack() {
  z_stream& stream = *inflate_;
  if (stream.avail_in == 0) {
    size_t got;
    if (!read_input(packed_.data(), packed_.size(), &got)) return false;
    stream.next_in = packed_.data();
    stream.avail_in = got;
  }
  if (member_ended_) {
    // Another member follows, or padding, which is ignored as gzip does.
    if (stream.avail_in == 0 || *stream.next_in != kGzipMagic[0]) {
      finished_ = true;
      return true;
    }
    inflateReset(&stream);
    member_ended_ = false;
  }
  stream.next_out = buffer_.data() + end_;
  stream.avail_out = buffer_.size() - end_;
  int result = inflate(&stream, Z_NO_FLUSH);
  size_t before = end_;
  end_ = buffer_.size() - stream.avail_out;
  if (input_ended_ && end_ == before && result != Z_STREAM_END) finished_ = true;
  if (result == Z_STREAM_END) {
    member_ended_ = true;
  } else if (result != Z_OK && result != Z_BUF_ERROR) {
    finished_ = damaged_ = true;  // what could be unpacked comes first
  }
  return true;
}
