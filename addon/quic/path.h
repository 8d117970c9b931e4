// Between which two endpoints a packet went.
#ifndef QUIC_TOP_PATH_H
#define QUIC_TOP_PATH_H

#include <cstdint>
#include <cstring>

#include "quic.h"
#include "recorder/recorder_layout.h"

// Addresses as records have them.
struct Path {
  uint8_t client[16];
  uint8_t server[16];
  uint16_t client_port;
  uint16_t server_port;
};
static_assert(sizeof(Path) == 36, "compared and hashed whole");

inline bool operator==(const Path& a, const Path& b) { return memcmp(&a, &b, sizeof(a)) == 0; }

inline Path path_of(const qt_record& record, bool from_server) {
  Path path;
  memcpy(path.client, from_server ? record.dst : record.src, sizeof(path.client));
  memcpy(path.server, from_server ? record.src : record.dst, sizeof(path.server));
  path.client_port = from_server ? record.dst_port : record.src_port;
  path.server_port = from_server ? record.src_port : record.dst_port;
  return path;
}

// Of a packet that the parser has found.
inline Path path_of(const qt_packet& packet) {
  Path path;
  memcpy(path.client, packet.path.client.address, sizeof(path.client));
  memcpy(path.server, packet.path.server.address, sizeof(path.server));
  path.client_port = packet.path.client.port;
  path.server_port = packet.path.server.port;
  return path;
}

#endif
