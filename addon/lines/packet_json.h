// Packets as lines of JSON. Which fields a line has, and in what order, is kFields in packet_json.cc.
#ifndef QUIC_TOP_PACKET_JSON_H
#define QUIC_TOP_PACKET_JSON_H

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cid/cid_layouts.h"
#include "lines/utc_time.h"
#include "recorder/recorder_layout.h"

// What the numbers of a qt_packet_line stand for. Names are in ASCII, without anything to be escaped.
struct PacketNames {
  CidLayouts layouts;                    // by qt_record.cid_layout, from 1 on
  std::vector<std::string> types;        // by enum qt_packet_type
  std::vector<std::string> schemes;      // by qt_record.cid_layout, from 1 on
  std::vector<std::string> trusts;       // by qt_packet_line.trust, from 1 on
  std::vector<std::string> unroutables;  // by enum qt_unroutable, from 1 on
  std::vector<std::string> issues;       // of the bits of enum qt_issue, the lowest first
};

class PacketJson {
 public:
  // `epoch` is that of the recorder. Throws std::out_of_range when there are no names of types.
  PacketJson(uint64_t epoch, PacketNames names);

  // The most bytes that write() takes for a line, whatever is in it.
  // Throws std::out_of_range when it points to texts that are not in `texts`.
  size_t room(const qt_packet_line& line, std::string_view texts, std::string_view interface) const;

  // Writes a line that room() was asked of to `out`, with the line break; returns the end. `interface` is a
  // JSON value. The line is ASCII when both texts are.
  char* write(const qt_packet_line& line, std::string_view texts, std::string_view interface, char* out);

 private:
  PacketNames names_;  // in quotes; those of issues with the comma that follows
  size_t longest_;
  UtcTime utc_;
};

#endif
