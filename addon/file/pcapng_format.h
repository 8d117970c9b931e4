// pcapng files (draft-ietf-opsawg-pcapng): sections of either byte order, interfaces of different link types
// and clocks, all three kinds of packet blocks. Other blocks are skipped without being kept.
#ifndef QUIC_TOP_PCAPNG_FORMAT_H
#define QUIC_TOP_PCAPNG_FORMAT_H

#include <vector>

#include "file/capture_format.h"
#include "util/byte_order.h"

class PcapngFormat : public CaptureFormat {
 public:
  // Whether these four bytes begin a pcapng file.
  static bool recognises(const uint8_t* start);

  explicit PcapngFormat(ByteStream* stream) : stream_(stream) {}

  ByteStream::State next(FileFrame* frame) override;

 private:
  struct Interface {
    uint32_t link_type;
    uint32_t snap_length;  // 0: none
    uint8_t resolution;    // if_tsresol
    int64_t offset;        // if_tsoffset, in seconds
  };

  ByteStream::State block(FileFrame* frame, bool* found);
  ByteStream::State section(bool* done);
  void interface(const uint8_t* body, uint32_t size);
  void packet(uint32_t type, const uint8_t* block, uint32_t length, FileFrame* frame);
  void set_time(const Interface& interface, uint64_t time, FileFrame* frame) const;
  // Throws CaptureError when no block of at least `min` bytes has this length.
  void check_length(uint32_t length, uint32_t min) const;
  CaptureError cut() const;
  CaptureError damaged(const std::string& what) const;

  ByteStream* stream_;
  ByteOrder order_ = {false};
  std::vector<Interface> interfaces_;
  uint32_t trailer_ = 0;  // the length that must stand at the end of the block before, or 0
};

#endif
