// Where live frames come from: AF_XDP sockets or the tap ring buffer. One drain thread owns a source and calls
// it.
#ifndef QUIC_TOP_CAPTURE_SOURCE_H
#define QUIC_TOP_CAPTURE_SOURCE_H

#include <cstdint>
#include <vector>

#include "quic.h"
#include "recorder/recorder_layout.h"

// A captured frame that still lies where the kernel, or the reader of a file, put it.
struct Frame {
  const uint8_t* data;
  uint32_t captured;  // bytes at `data`
  uint32_t length;    // bytes on the wire
  qt_metadata metadata;
  // QT_RECORD_TIME_*; QT_RECORD_NO_TIME: it has none. With QT_RECORD_TIME_DRAIN only metadata.rx_queue is
  // filled.
  uint8_t time_source;
  bool has_direction = true;  // by QT_EGRESS; false: a file does not tell
  uint16_t link_type = QT_LINK_ETHERNET;
  uint32_t link_header = QT_ETH_HEADER;  // bytes before VLAN tags and the IP header
};

class CaptureSource {
 public:
  virtual ~CaptureSource() = default;
  // Appends up to `limit` frames that have arrived. They stay where they are until release(). What came after
  // `until` (CLOCK_MONOTONIC nanoseconds) may be left for the next time.
  virtual void collect(std::vector<Frame>& frames, uint32_t limit, uint64_t until) = 0;
  // Gives the frames of the last collect() back to the kernel.
  virtual void release() = 0;
  // Frames of a kilobyte that it holds for us: what arrives beyond them is lost.
  virtual uint32_t room() const = 0;
  // Adds the descriptors that become readable when a frame arrives; the tap's only while qt_config.wakes is
  // set.
  virtual void add_descriptors(std::vector<int>& descriptors) const = 0;
};

#endif
