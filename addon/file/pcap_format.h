// pcap files (draft-ietf-opsawg-pcap): both byte orders, micro- and nanoseconds.
#ifndef QUIC_TOP_PCAP_FORMAT_H
#define QUIC_TOP_PCAP_FORMAT_H

#include "file/capture_format.h"
#include "util/byte_order.h"

class PcapFormat : public CaptureFormat {
 public:
  static constexpr size_t kMagicSize = 4;
  static constexpr size_t kHeaderSize = 24;

  // Whether these kMagicSize bytes begin a pcap file.
  static bool recognises(const uint8_t* start);

  // The stream has kHeaderSize bytes and recognises() them. Throws CaptureError for an unknown link type.
  explicit PcapFormat(ByteStream* stream);

  ByteStream::State next(FileFrame* frame) override;

 private:
  ByteStream* stream_;
  ByteOrder order_;
  uint64_t fraction_;  // nanoseconds of one unit of a time's fraction
  uint32_t link_type_;
};

#endif
