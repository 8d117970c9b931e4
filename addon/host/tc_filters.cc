#include "host/tc_filters.h"

#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include "host/netlink.h"
#include "util/capture_error.h"

std::vector<TcFilter> tc_filters(int index, bool leaving) {
  std::vector<TcFilter> filters;
  tcmsg which = {};
  which.tcm_ifindex = index;
  which.tcm_parent = TC_H_MAKE(TC_H_CLSACT, leaving ? TC_H_MIN_EGRESS : TC_H_MIN_INGRESS);
  int error =
      NetlinkRequest(RTM_GETTFILTER, NLM_F_DUMP, which)
          .ask(NETLINK_ROUTE, [&](const uint8_t*, const uint8_t* attributes, size_t size) {
            TcFilter filter;
            bool has_options = false;
            for_each_attribute(attributes, size, [&](int type, NetlinkAttribute attribute) {
              if (type == TCA_KIND) filter.kind = attribute.text();
              if (type != TCA_OPTIONS) return;
              has_options = true;
              if (filter.kind != "bpf") return;  // it comes first
              for_each_attribute(attribute.data, attribute.size, [&](int inner, NetlinkAttribute option) {
                if (inner == TCA_BPF_ID) filter.program = option.as<uint32_t>();
              });
            });
            // Before the filters of a preference an entry without options stands for all of them.
            if (has_options) filters.push_back(filter);
          });
  if (error) throw system_error("ask for the tc filters of network interface " + std::to_string(index), error);
  return filters;
}
