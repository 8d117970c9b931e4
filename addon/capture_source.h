// Where live frames come from: AF_XDP sockets or the tap ring buffer. One drain thread owns a source and calls
// it.
#ifndef QUIC_TOP_CAPTURE_SOURCE_H
#define QUIC_TOP_CAPTURE_SOURCE_H

#include <cstdint>
#include <vector>

#include "quic.h"

// The link type of Ethernet (https://www.tcpdump.org/linktypes.html), the only one of live frames.
constexpr uint16_t kLinkTypeEthernet = 1;

// A captured frame that still lies where the kernel, or the reader of a file, put it.
struct Frame {
  const uint8_t* data;
  uint32_t captured;  // bytes at `data`
  uint32_t length;    // bytes on the wire
  qt_metadata metadata;
  bool diverted;      // the host did not get it
  bool has_metadata;  // false: only metadata.rx_queue is filled
  bool has_time = true;
  uint16_t link_type = kLinkTypeEthernet;
  uint32_t link_header = QT_ETH_HEADER;  // bytes before VLAN tags and the IP header
};

// Fills what the program would have written about a frame that it did not see, but for time and RX queue.
inline void set_metadata(const qt_packet& packet, qt_metadata* metadata) {
  metadata->flags = packet.from_watched ? QT_FROM_WATCHED : 0;
  metadata->l3_offset = packet.datagram.l3_offset;
  metadata->l4_offset = packet.datagram.l4_offset;
  metadata->payload_length = packet.datagram.payload_length;
  metadata->src_port = packet.datagram.src_port;
  metadata->dst_port = packet.datagram.dst_port;
}

class CaptureSource {
 public:
  virtual ~CaptureSource() = default;
  // Appends up to `limit` frames that have arrived. They stay where they are until release().
  virtual void collect(std::vector<Frame>& frames, uint32_t limit) = 0;
  // Gives the frames of the last collect() back to the kernel.
  virtual void release() = 0;
};

#endif
