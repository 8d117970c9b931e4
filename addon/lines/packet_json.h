// Packets as lines of JSON: the fields that the README lists, in that order. Absent values are null.
#ifndef QUIC_TOP_PACKET_JSON_H
#define QUIC_TOP_PACKET_JSON_H

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "recorder/recorder_layout.h"

class PacketJson {
 public:
  // `epoch` is that of the recorder. `types` are names by enum qt_packet_type, `schemes` by
  // qt_record.cid_layout, from 1 on; `issues` are those of the bits of enum qt_issue, the lowest first.
  PacketJson(uint64_t epoch, const std::vector<std::string>& types, const std::vector<std::string>& schemes,
             const std::vector<std::string>& issues);

  // The most bytes that write() takes for a line, whatever is in its record.
  // Throws std::out_of_range when it is not all in `texts`.
  size_t room(const qt_packet_line& line, std::string_view texts, std::string_view interface) const;

  // Writes a line that room() was asked of to `out`, with the line break; returns the end.
  // `interface` is a JSON value, and both texts are ASCII: then the line is.
  char* write(const qt_packet_line& line, std::string_view texts, std::string_view interface, char* out);

 private:
  std::string_view time_to_second(uint64_t second);

  uint64_t epoch_;
  std::vector<std::string> types_;
  std::vector<std::string> schemes_;  // in quotes
  std::vector<std::string> issues_;   // in quotes
  size_t longest_;
  // Neighbouring packets share their second.
  uint64_t second_ = UINT64_MAX;
  char second_text_[sizeof("2026-11-22T12:00:00.")];
};

#endif
