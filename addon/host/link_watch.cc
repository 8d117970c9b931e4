#include "host/link_watch.h"

#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cerrno>
#include <optional>

#include "host/ethtool.h"
#include "host/netlink.h"
#include "util/capture_error.h"

LinkWatch::LinkWatch(const Interface& interface)
    : index_(interface.index()),
      events_(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE)) {
  sockaddr_nl address = {};
  address.nl_family = AF_NETLINK;
  address.nl_groups = RTMGRP_LINK;
  if (!events_ || bind(events_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) < 0) {
    throw system_error("watch for changes of " + interface.name(), errno);
  }
  state_.name = interface.name();
  state_.rx_queues = interface.rx_queues();
}

// They tell what a look afterwards cannot: that it was down for a moment, and where it went.
void LinkWatch::read_events() {
  auto visit = [&](const nlmsghdr& message) {
    NetlinkAttribute attributes = attributes_of(message, sizeof(ifinfomsg));
    if (!attributes.data) return;
    auto* link = static_cast<const ifinfomsg*>(NLMSG_DATA(&message));
    // Bridges tell of their ports in the same group, as of another family: leaving one is no end.
    if (link->ifi_index != index_ || link->ifi_family != AF_UNSPEC) return;
    if (message.nlmsg_type == RTM_NEWLINK && !(link->ifi_flags & IFF_UP)) state_.went_down = true;
    if (message.nlmsg_type != RTM_DELLINK) return;
    state_.presence = LinkState::Presence::kDeleted;
    for_each_attribute(attributes.data, attributes.size, [&](int type, NetlinkAttribute) {
      if (type == IFLA_NEW_NETNSID) state_.presence = LinkState::Presence::kMoved;
    });
  };
  int error;
  do {
    error = receive_netlink(events_.get(), visit);
  } while (error == 0 || error == ENOBUFS);  // where some were lost, the look sees how it is now
}

const LinkState& LinkWatch::look() {
  if (index_ == 0) return state_;  // any: there is nothing to happen to it
  state_.went_down = false;
  read_events();
  if (state_.presence != LinkState::Presence::kHere) return state_;
  std::optional<Link> link = find_link(index_);
  if (!link) {
    read_events();  // it went after they were read
    if (state_.presence == LinkState::Presence::kHere) state_.presence = LinkState::Presence::kDeleted;
    return state_;
  }
  state_.name = link->name;
  state_.up = link->up;
  state_.mtu = link->mtu;
  state_.program = link->program;
  state_.statistics = link->statistics;
  state_.rx_queues = Ethtool(state_.name).channels().rx_queues();
  return state_;
}
