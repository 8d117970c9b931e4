#include "bpf/socket_filter.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include <cerrno>

#include "bpf/bpf_info.h"
#include "host/packet_socket.h"
#include "util/capture_error.h"

#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23  // Linux 4.20
#endif

SocketFilter::SocketFilter(const Interface& interface, const BpfMaps& maps, bool outgoing)
    : interface_(interface.name()),
      ifindex_(interface.index()),
      outgoing_(outgoing),
      // Of all interfaces the link headers are left out, which are of different kinds.
      socket_(open_packet_socket(interface.is_any() ? SOCK_DGRAM : SOCK_RAW)) {
  UniqueFd program = load_program("quic_socket", maps, "load the socket filter");
  id_ = program_id(program.get());
  set_filter(socket_.get(), program.get());
  int on = 1;
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
