#include "quic/crypto_stream.h"

#include <algorithm>

bool CryptoStream::write(const CryptoFrame& frame) {
  // Offsets are below 2^62: nothing overflows.
  uint64_t frame_end = frame.offset + frame.data.size;
  if (frame_end <= base_) return true;
  Piece merged = {frame.offset > base_ ? frame.offset - base_ : 0, frame_end - base_};
  if (merged.end == merged.start) return merged.end <= kWindow;
  if (merged.end > kWindow) return false;

  auto from =
      std::find_if(pieces_.begin(), pieces_.end(), [&](Piece piece) { return piece.end >= merged.start; });
  auto to = std::find_if(from, pieces_.end(), [&](Piece piece) { return piece.start > merged.end; });
  if (from == to && pieces_.size() >= kMostPieces) return false;

  if (buffer_.size() < merged.end) buffer_.resize(merged.end);
  uint64_t gap = merged.start;
  uint64_t end = merged.end;
  for (auto piece = from; piece != to; ++piece) {
    if (piece->start > gap) copy(gap, piece->start, frame);
    gap = std::max(gap, piece->end);
    merged = {std::min(merged.start, piece->start), std::max(merged.end, piece->end)};
  }
  if (gap < end) copy(gap, end, frame);
  if (from == to) {
    pieces_.insert(from, merged);
  } else {
    *from = merged;
    pieces_.erase(from + 1, to);
  }
  return true;
}

// Bytes [start, end), relative to `base_`.
void CryptoStream::copy(uint64_t start, uint64_t end, const CryptoFrame& frame) {
  const uint8_t* data = frame.data.data + (start + base_ - frame.offset);
  std::copy(data, data + (end - start), buffer_.begin() + static_cast<ptrdiff_t>(start));
}

Bytes CryptoStream::contiguous() const {
  bool begins = !pieces_.empty() && pieces_.front().start == 0;
  return {buffer_.data(), begins ? static_cast<size_t>(pieces_.front().end) : 0};
}

void CryptoStream::consume(size_t size) {
  buffer_ = {buffer_.begin() + static_cast<ptrdiff_t>(size), buffer_.end()};
  base_ += size;
  std::vector<Piece> left;
  for (Piece piece : pieces_) {
    if (piece.end > size) left.push_back({piece.start > size ? piece.start - size : 0, piece.end - size});
  }
  pieces_ = std::move(left);
}
