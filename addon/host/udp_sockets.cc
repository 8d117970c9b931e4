#include "host/udp_sockets.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>

#include <cstring>

#include "host/netlink.h"
#include "util/capture_error.h"

std::vector<UdpSocket> udp_sockets() {
  std::vector<UdpSocket> sockets;
  for (uint8_t family : {AF_INET, AF_INET6}) {
    inet_diag_req_v2 which = {};
    which.sdiag_family = family;
    which.sdiag_protocol = IPPROTO_UDP;
    which.idiag_states = UINT32_MAX;
    int error = NetlinkRequest(SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, which)
                    .ask(NETLINK_SOCK_DIAG, [&](const uint8_t* header, const uint8_t*, size_t size) {
                      // `size` counts from behind the question's header, which is shorter than an answer's.
                      inet_diag_msg answer;
                      if (size + sizeof(which) < sizeof(answer)) return;
                      memcpy(&answer, header, sizeof(answer));
                      const auto& id = answer.id;
                      sockets.push_back({uint64_t{id.idiag_cookie[1]} << 32 | id.idiag_cookie[0],
                                         answer.idiag_inode, ntohs(id.idiag_sport)});
                    });
    if (error) throw system_error("ask for the UDP sockets of this host", error);
  }
  return sockets;
}
