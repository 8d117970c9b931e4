// Packet sockets (AF_PACKET) that nothing can be read from or sent by: one hears for the interface what the
// filter on it sees, one keeps it promiscuous.
#ifndef QUIC_TOP_PACKET_SOCKET_H
#define QUIC_TOP_PACKET_SOCKET_H

#include "util/unique_fd.h"

// Their descriptors are those from kFirst on, kCount of them, which no other file gets: so a sandbox can tell
// them from files that may be written to.
namespace packet_socket {
constexpr int kFirst = 504;
constexpr int kCount = 8;  // a power of two, and kFirst a multiple of it
}  // namespace packet_socket

// One that is bound to nothing; `type` is SOCK_RAW or SOCK_DGRAM. Throws CaptureError.
UniqueFd open_packet_socket(int type);

// Puts the BPF program on it, and no other for as long as it is open; it lets no packet through to the socket.
// Throws CaptureError.
void set_filter(int socket, int program);
// The same with a filter that sees nothing.
void set_filter(int socket);

#endif
