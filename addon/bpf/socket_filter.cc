#include "bpf/socket_filter.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include <cerrno>

#include "util/capture_error.h"

#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23  // Linux 4.20
#endif

SocketFilter::SocketFilter(const Interface& interface, const BpfMaps& maps, bool outgoing)
    : interface_(interface.name()),
      ifindex_(interface.index()),
      outgoing_(outgoing),
      program_(load_program("quic_socket", maps, "load the socket filter")),
      // Protocol 0: bound to nothing, so that no packet comes before the filter is there. Of all interfaces the
      // link headers are left out, which are of different kinds.
      socket_(socket(AF_PACKET, (interface.is_any() ? SOCK_DGRAM : SOCK_RAW) | SOCK_CLOEXEC, 0)) {
  if (!socket_) {
    throw system_error("open a packet socket", errno,
                       "it takes CAP_NET_RAW: type sudo before quic-top, or see: quic-top doctor");
  }
  int filter = program_.get(), on = 1;
  if (setsockopt(socket_.get(), SOL_SOCKET, SO_ATTACH_BPF, &filter, sizeof(filter)) != 0) {
    if (errno == ENOMEM) {
      throw system_error("put the filter on a packet socket", ENOMEM,
                         "let sockets have more memory for it: sudo sysctl net.core.optmem_max=131072");
    }
    throw system_error("put the filter on a packet socket", errno);
  }
  if (!outgoing && setsockopt(socket_.get(), SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on)) != 0)
    throw system_error("leave out what is sent", errno, "this needs Linux 4.20");
}

void SocketFilter::attach() {
  sockaddr_ll address = {};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = ifindex_;
  if (bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0)
    throw system_error("bind the packet socket to " + interface_, errno);
  attached_ = true;
}
