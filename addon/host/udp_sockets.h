// The UDP sockets of this network namespace, as the kernel's sock_diag tells of them.
#ifndef QUIC_TOP_UDP_SOCKETS_H
#define QUIC_TOP_UDP_SOCKETS_H

#include <cstdint>
#include <vector>

struct UdpSocket {
  uint64_t cookie;  // SO_COOKIE: no two sockets have the same one until the host starts again
  uint32_t inode;   // by which /proc/PID/fd calls it
  uint16_t port;    // its own, 0: it is not bound
};

// All of them, IPv4 and IPv6; one that others open and close meanwhile beside it may be missing. Needs no
// privilege. Throws CaptureError, where the kernel has no udp_diag too.
std::vector<UdpSocket> udp_sockets();

#endif
