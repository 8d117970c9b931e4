#include "host/interface.h"

#include <linux/if_packet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <fstream>

#include "host/packet_socket.h"
#include "quic_top_abi.h"
#include "util/capture_error.h"

uint16_t link_type_of(uint16_t hardware) {
  switch (hardware) {
    case ARPHRD_ETHER:
    case ARPHRD_LOOPBACK:
      return QT_LINK_ETHERNET;
    case ARPHRD_NONE:  // tun, WireGuard
    case ARPHRD_RAWIP:
    case ARPHRD_PPP:  // its header is put on later, and taken off earlier
    case ARPHRD_TUNNEL:
    case ARPHRD_TUNNEL6:
    case ARPHRD_SIT:
      return QT_LINK_RAW;
    default:
      return 0;
  }
}

Interface::Interface(std::string name) : name_(std::move(name)), index_(if_nametoindex(name_.c_str())) {
  if (index_ == 0 && name_ == "any") {
    xdp_rx_queues_ = 1;
    is_loopback_ = false;
    link_type_ = QT_LINK_RAW;
    return;
  }
  if (index_ == 0) {
    throw system_error("find interface " + name_, errno, "list the interfaces: quic-top --list-interfaces");
  }
  UniqueFd socket_fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket_fd) throw system_error("open a socket to ask about " + name_, errno);

  ifreq request = {};
  strncpy(request.ifr_name, name_.c_str(), IFNAMSIZ - 1);
  if (ioctl(socket_fd.get(), SIOCGIFFLAGS, &request) < 0)
    throw system_error("read the flags of " + name_, errno);
  if (!(request.ifr_flags & IFF_UP)) {
    throw system_error("capture on " + name_ + ", which is down,", ENETDOWN,
                       "bring it up: sudo ip link set dev " + name_ + " up");
  }
  is_loopback_ = request.ifr_flags & IFF_LOOPBACK;

  if (ioctl(socket_fd.get(), SIOCGIFHWADDR, &request) < 0)
    throw system_error("read the hardware type of " + name_, errno);
  link_type_ = link_type_of(request.ifr_hwaddr.sa_family);
  if (link_type_ == 0) {
    std::string type = std::to_string(request.ifr_hwaddr.sa_family);
    throw CaptureError(
        "LINK_TYPE",
        "capture on " + name_ + " failed: its hardware type " + type + " has frames that cannot be read",
        "quic-top reads Ethernet, and IP without a header before it (tun, WireGuard, IP tunnels)");
  }
  Ethtool ethtool(name_);
  channels_ = ethtool.channels();
  // virtio_net takes a spare pair of queues for each CPU, to transmit by (virtnet_xdp_set), and the device then
  // spreads what arrives over all pairs. Other drivers receive by the queues they have.
  uint32_t spare = ethtool.driver() == "virtio_net" ? sysconf(_SC_NPROCESSORS_CONF) : 0;
  xdp_rx_queues_ = std::min(rx_queues() + spare, most_rx_queues());
  // Virtual devices have no such file.
  std::ifstream("/sys/class/net/" + name_ + "/device/numa_node") >> numa_node_;
}

UniqueFd join_promiscuous(const Interface& interface) {
  UniqueFd socket_fd = open_packet_socket(SOCK_RAW);
  set_filter(socket_fd.get());
  packet_mreq membership = {};
  membership.mr_ifindex = interface.index();
  membership.mr_type = PACKET_MR_PROMISC;
  if (setsockopt(socket_fd.get(), SOL_PACKET, PACKET_ADD_MEMBERSHIP, &membership, sizeof(membership)) < 0)
    throw system_error("make " + interface.name() + " promiscuous", errno);
  return socket_fd;
}
