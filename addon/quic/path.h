// Between which two endpoints a packet went.
#ifndef QUIC_TOP_PATH_H
#define QUIC_TOP_PATH_H

#include <array>
#include <cstdint>
#include <cstring>

#include "recorder/recorder_layout.h"

inline bool operator==(const qt_path& a, const qt_path& b) { return memcmp(&a, &b, sizeof(a)) == 0; }

inline qt_path path_of(const qt_record& record, bool from_server) {
  qt_path path = {};
  qt_endpoint& source = from_server ? path.server : path.client;
  qt_endpoint& destination = from_server ? path.client : path.server;
  memcpy(source.address, record.src, sizeof(source.address));
  memcpy(destination.address, record.dst, sizeof(destination.address));
  source.port = record.src_port;
  destination.port = record.dst_port;
  source.ip_version = destination.ip_version = record.ip_version;
  return path;
}

// Of a path, or an endpoint, for a KeyedHash: its bytes.
template <typename Place>
std::array<uint32_t, sizeof(Place) / sizeof(uint32_t)> words_of(const Place& place) {
  std::array<uint32_t, sizeof(Place) / sizeof(uint32_t)> words;
  static_assert(sizeof(words) == sizeof(place));
  memcpy(words.data(), &place, sizeof(place));
  return words;
}

#endif
