#include "host/links.h"

#include <linux/genetlink.h>
#include <linux/if.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "host/interface.h"
#include "host/netlink.h"
#include "util/capture_error.h"

namespace {

// linux/netdev.h, which headers older than Linux 6.3 have not.
constexpr uint8_t kDevGet = 1;        // NETDEV_CMD_DEV_GET
constexpr uint16_t kIfindex = 1;      // NETDEV_A_DEV_IFINDEX
constexpr uint16_t kXdpFeatures = 3;  // NETDEV_A_DEV_XDP_FEATURES

// "02:42:ac:11:00:02"
std::string ethernet_text(const uint8_t* address) {
  char text[3 * ETH_ALEN];
  snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", address[0], address[1], address[2], address[3],
           address[4], address[5]);
  return text;
}

void read_xdp(NetlinkAttribute nested, Link* link) {
  for_each_attribute(nested.data, nested.size, [&](int type, NetlinkAttribute attribute) {
    if (type == IFLA_XDP_PROG_ID) link->program = attribute.as<uint32_t>();
    auto attached = attribute.as<uint8_t>();
    if (type == IFLA_XDP_ATTACHED) link->native = attached != XDP_ATTACHED_NONE && attached != XDP_ATTACHED_SKB;
  });
}

LinkStatistics read_statistics(NetlinkAttribute attribute) {
  // It is longer on newer kernels, and shorter on older ones, than the header has it.
  rtnl_link_stats64 all = {};
  memcpy(&all, attribute.data, std::min(attribute.size, sizeof(all)));
  return {all.rx_dropped, all.rx_missed_errors, all.rx_fifo_errors, all.rx_over_errors};
}

Link read_link(const ifinfomsg& header, const uint8_t* attributes, size_t size) {
  Link link;
  link.index = header.ifi_index;
  link.up = header.ifi_flags & IFF_UP;
  link.loopback = header.ifi_flags & IFF_LOOPBACK;
  link.link_type = link_type_of(header.ifi_type);
  bool elsewhere = false;
  for_each_attribute(attributes, size, [&](int type, NetlinkAttribute attribute) {
    switch (type) {
      case IFLA_IFNAME:
        link.name = attribute.text();
        break;
      case IFLA_MTU:
        link.mtu = attribute.as<uint32_t>();
        break;
      case IFLA_PROMISCUITY:
        link.promiscuity = attribute.as<uint32_t>();
        break;
      case IFLA_CARRIER:
        link.carrier = attribute.as<uint8_t>();
        break;
      case IFLA_CARRIER_CHANGES:
        link.carrier_changes = attribute.as<uint32_t>();
        break;
      case IFLA_MASTER:
        link.master = attribute.as<int32_t>();
        break;
      case IFLA_LINK:
        link.lower = attribute.as<int32_t>();
        break;
      case IFLA_LINK_NETNSID:
        elsewhere = true;
        break;
      case IFLA_STATS64:
        link.statistics = read_statistics(attribute);
        break;
      case IFLA_XDP:
        read_xdp(attribute, &link);
        break;
      case IFLA_LINKINFO:
        for_each_attribute(attribute.data, attribute.size, [&](int inner, NetlinkAttribute info) {
          if (inner == IFLA_INFO_KIND) link.kind = info.text();
        });
        break;
    }
  });
  if (elsewhere) link.lower = 0;
  return link;
}

// Returns 0 or an errno.
int ask_for_links(uint16_t flags, int index, std::vector<Link>* links) {
  ifinfomsg which = {};
  which.ifi_index = index;
  return NetlinkRequest(RTM_GETLINK, flags, which)
      .ask(NETLINK_ROUTE, [&](const uint8_t* header, const uint8_t* attributes, size_t size) {
        links->push_back(read_link(*reinterpret_cast<const ifinfomsg*>(header), attributes, size));
      });
}

// Whether an entry is of the interface itself and not of the bridge that it may be a member of, and was not
// learned.
bool is_own(const ndmsg& neighbor) {
  return neighbor.ndm_flags & NTF_SELF && neighbor.ndm_state & NUD_PERMANENT;
}

// The address of an entry if frames for it arrive here, or null: for a group's nobody says who wants them, and
// VXLAN devices have entries of where to send to.
const uint8_t* received_for(const uint8_t* attributes, size_t size) {
  static constexpr uint8_t kNone[ETH_ALEN] = {};
  const uint8_t* address = nullptr;
  bool remote = false;
  for_each_attribute(attributes, size, [&](int type, NetlinkAttribute attribute) {
    if (type == NDA_LLADDR && attribute.size == ETH_ALEN) address = attribute.data;
    if (type == NDA_DST || type == NDA_NH_ID) remote = true;
  });
  bool group = address && address[0] & 1;
  return !address || remote || group || memcmp(address, kNone, ETH_ALEN) == 0 ? nullptr : address;
}

// RFC 3927, RFC 4291 section 2.5.6.
bool is_link_local(const uint8_t* address, size_t size) {
  if (size == 4) return address[0] == 169 && address[1] == 254;
  return size == 16 && address[0] == 0xfe && (address[1] & 0xc0) == 0x80;
}

}  // namespace

std::vector<Link> list_links() {
  std::vector<Link> links;
  int error = ask_for_links(NLM_F_DUMP, 0, &links);
  if (error) throw system_error("list the network interfaces", error);
  return links;
}

std::optional<Link> find_link(int index) {
  std::vector<Link> links;
  int error = ask_for_links(0, index, &links);
  if (error == ENODEV) return {};
  if (error) throw system_error("look at network interface " + std::to_string(index), error);
  return links.at(0);
}

uint32_t count_addresses(int index) {
  uint32_t count = 0;
  ifaddrmsg which = {};
  which.ifa_index = index;
  int error = NetlinkRequest(RTM_GETADDR, NLM_F_DUMP, which)
                  .ask(NETLINK_ROUTE, [&](const uint8_t* header, const uint8_t* attributes, size_t size) {
                    // It tells of all interfaces, unless asked strictly (Linux 4.20).
                    if (reinterpret_cast<const ifaddrmsg*>(header)->ifa_index != static_cast<uint32_t>(index))
                      return;
                    bool global = false;
                    for_each_attribute(attributes, size, [&](int type, NetlinkAttribute attribute) {
                      if (type == IFA_ADDRESS) global = !is_link_local(attribute.data, attribute.size);
                    });
                    count += global;
                  });
  if (error) throw system_error("ask for the addresses of the network interfaces", error);
  return count;
}

std::vector<std::string> other_addresses(int index) {
  std::vector<std::string> addresses;
  ndmsg which = {};
  which.ndm_family = AF_BRIDGE;
  which.ndm_ifindex = index;
  int error = NetlinkRequest(RTM_GETNEIGH, NLM_F_DUMP, which)
                  .ask(NETLINK_ROUTE, [&](const uint8_t* header, const uint8_t* attributes, size_t size) {
                    auto* neighbor = reinterpret_cast<const ndmsg*>(header);
                    // Linux before 4.20 tells of all interfaces.
                    if (neighbor->ndm_ifindex == index && is_own(*neighbor))
                      if (auto* address = received_for(attributes, size))
                        addresses.push_back(ethernet_text(address));
                  });
  if (error) throw system_error("ask which addresses the network interfaces receive for", error);
  return addresses;
}

std::optional<uint64_t> xdp_features(int index) {
  uint16_t family = 0;
  NetlinkRequest find(GENL_ID_CTRL, 0, genlmsghdr{CTRL_CMD_GETFAMILY, 1, 0});
  find.add(CTRL_ATTR_FAMILY_NAME, "netdev", sizeof("netdev"));
  find.ask(NETLINK_GENERIC, [&](const uint8_t*, const uint8_t* attributes, size_t size) {
    for_each_attribute(attributes, size, [&](int type, NetlinkAttribute attribute) {
      if (type == CTRL_ATTR_FAMILY_ID) family = attribute.as<uint16_t>();
    });
  });
  if (family == 0) return {};

  std::optional<uint64_t> features;
  NetlinkRequest get(family, 0, genlmsghdr{kDevGet, 1, 0});
  get.add(kIfindex, &index, sizeof(index));
  get.ask(NETLINK_GENERIC, [&](const uint8_t*, const uint8_t* attributes, size_t size) {
    for_each_attribute(attributes, size, [&](int type, NetlinkAttribute attribute) {
      if (type == kXdpFeatures) features = attribute.as<uint64_t>();
    });
  });
  return features;
}
