#include "host/own_addresses.h"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include "host/netlink.h"
#include "lines/address_text.h"
#include "util/capture_error.h"

namespace {

// Empty for what is no IP address.
std::string text_of(NetlinkAttribute address) {
  char text[kLongestAddress];
  if (address.size == 4) return {text, write_ipv4(address.data, text)};
  if (address.size == 16) return {text, write_ipv6(address.data, text)};
  return {};
}

}  // namespace

std::vector<std::string> own_addresses() {
  std::vector<std::string> addresses;
  int error = NetlinkRequest(RTM_GETADDR, NLM_F_DUMP, ifaddrmsg{})
                  .ask(NETLINK_ROUTE, [&](const uint8_t*, const uint8_t* attributes, size_t size) {
                    // Of a point-to-point link IFA_ADDRESS is the other end's.
                    std::string local, address;
                    for_each_attribute(attributes, size, [&](int type, NetlinkAttribute attribute) {
                      if (type == IFA_LOCAL) local = text_of(attribute);
                      if (type == IFA_ADDRESS) address = text_of(attribute);
                    });
                    const std::string& own = local.empty() ? address : local;
                    if (!own.empty()) addresses.push_back(own);
                  });
  if (error) throw system_error("ask for the addresses of this host", error);
  return addresses;
}
