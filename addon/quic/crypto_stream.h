// Puts the bytes of CRYPTO frames in order (RFC 9000 section 19.6), in whatever order and pieces they come.
#ifndef QUIC_TOP_CRYPTO_STREAM_H
#define QUIC_TOP_CRYPTO_STREAM_H

#include <vector>

#include "quic/initial_frames.h"

// A stream with a bounded window. Bytes that come twice are those that came first.
class CryptoStream {
 public:
  // Bytes past the consumed ones that are kept; a ClientHello with a post-quantum key share has about 2 KB.
  static constexpr uint64_t kWindow = 16 * 1024;
  // Separate pieces that are kept; a ClientHello sent in single bytes, every other one first, has about 300.
  static constexpr size_t kMostPieces = 512;

  // Bytes of memory that it takes, about.
  size_t size() const { return buffer_.capacity() + pieces_.capacity() * sizeof(Piece); }

  // False: the frame reaches past what is kept, and was left out.
  bool write(const CryptoFrame& frame);
  // The bytes from the first not consumed one to the first that is missing. Good until the next call.
  Bytes contiguous() const;
  // Lets go of the first `size` bytes of contiguous().
  void consume(size_t size);

 private:
  struct Piece {
    uint64_t start;
    uint64_t end;
  };

  void copy(uint64_t start, uint64_t end, const CryptoFrame& frame);

  uint64_t base_ = 0;  // offset of the first byte that was not consumed
  std::vector<uint8_t> buffer_;
  std::vector<Piece> pieces_;  // those that are there, relative to `base_`, apart from each other and in order
};

#endif
