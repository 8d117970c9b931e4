// Capture file formats: from bytes to frames. pcap_format.cc and pcapng_format.cc each know one.
#ifndef QUIC_TOP_CAPTURE_FORMAT_H
#define QUIC_TOP_CAPTURE_FORMAT_H

#include <cstdint>
#include <memory>

#include "file/byte_stream.h"
#include "recorder/recorder_layout.h"

// A frame of a capture file.
struct FileFrame {
  const uint8_t* data;  // good until the next call of next()
  uint32_t captured;    // bytes at `data`, at most QT_FRAME_MAX
  uint32_t length;      // bytes on the wire, not less than `captured`
  uint32_t link_type;
  uint64_t time;   // nanoseconds since 1970
  bool has_time;   // false: the file does not tell
  bool is_packet;  // false: a record of another kind, which is numbered among them, as in Wireshark
};

class CaptureFormat {
 public:
  virtual ~CaptureFormat() = default;
  // The next frame. kWaiting: it has not come yet, or the stream's turn is over; ask again.
  // Throws CaptureError, with the code TRUNCATED when the file ends in the middle of something.
  virtual ByteStream::State next(FileFrame* frame) = 0;
};

// Finds out what the stream holds. Null: not enough has come yet, ask again. Throws CaptureError.
std::unique_ptr<CaptureFormat> recognise_format(ByteStream* stream);

#endif
