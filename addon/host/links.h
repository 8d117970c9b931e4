// The network interfaces of this namespace, as netlink tells of them. Unlike /sys it always shows the namespace
// that this process is in.
#ifndef QUIC_TOP_LINKS_H
#define QUIC_TOP_LINKS_H

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// Counters of struct rtnl_link_stats64 for frames that an interface received in vain: since it was made, or
// since its driver began to count.
struct LinkStatistics {
  // Of the driver, and of the kernel behind it: also what no protocol wanted, and of some (virtio_net, ena)
  // what XDP programs dropped.
  uint64_t rx_dropped = 0;
  // The host gave no room for it. Drivers count by one of these names, and some the same frame by several.
  uint64_t rx_missed_errors = 0;
  uint64_t rx_fifo_errors = 0;
  uint64_t rx_over_errors = 0;
};

struct Link {
  int index = 0;
  std::string name;
  // "veth", "bridge", "vlan" ...; empty for hardware and loopback.
  std::string kind;
  bool up = false;
  bool loopback = false;
  // Of its frames (enum qt_link_type), or 0 for those that cannot be read.
  uint16_t link_type = 0;
  uint32_t mtu = 0;
  // Index of the bridge, bond ... that it is a member of, or 0.
  int master = 0;
  // Index of the interface that it stands on (vlan, macvlan), or of its peer (veth), when that is in this
  // namespace.
  int lower = 0;
  // The XDP program on it, or 0, and whether that runs in the driver.
  uint32_t program = 0;
  bool native = false;
  // How many want it to be promiscuous.
  uint32_t promiscuity = 0;
  // Whether there is a signal on the cable, and how often that has changed.
  bool carrier = false;
  uint32_t carrier_changes = 0;
  LinkStatistics statistics;
};

// Throws CaptureError.
std::vector<Link> list_links();

// The one of that index, if there is one. Throws CaptureError.
std::optional<Link> find_link(int index);

// How many IP addresses the interface of that index has, besides link-local ones. Throws CaptureError.
uint32_t count_addresses(int index);

// The Ethernet addresses besides its own that the interface of that index was told to receive for
// ("02:42:ac:11:00:02"), as macvlans that are up tell it, wherever they are. Throws CaptureError.
std::vector<std::string> other_addresses(int index);

// What XDP can do in the driver of an interface: bits of enum netdev_xdp_act; nothing before Linux 6.3.
std::optional<uint64_t> xdp_features(int index);

#endif
