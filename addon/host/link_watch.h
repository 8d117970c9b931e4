// Notices what others do to an interface while it is watched: once a second is enough. Needs no privilege.
#ifndef QUIC_TOP_LINK_WATCH_H
#define QUIC_TOP_LINK_WATCH_H

#include <cstdint>
#include <optional>
#include <string>

#include "host/interface.h"
#include "host/links.h"
#include "util/unique_fd.h"

struct LinkState {
  enum class Presence { kHere, kDeleted, kMoved };  // moved: to another network namespace
  // Sticky: an interface that comes back has lost what was bound to it.
  Presence presence = Presence::kHere;
  // What follows is as it was last seen here.
  std::string name;
  bool up = true;
  bool went_down = false;  // since the last look, perhaps only for a moment
  uint32_t mtu = 0;
  uint32_t rx_queues = 0;
  uint32_t program = 0;  // id of the XDP program on it, or 0
  // Nothing for `any`.
  std::optional<LinkStatistics> statistics;
};

class LinkWatch {
 public:
  // Throws CaptureError.
  explicit LinkWatch(const Interface& interface);

  const LinkState& look();

 private:
  void read_events();

  int index_;
  UniqueFd events_;  // what the kernel tells about interfaces (RTNLGRP_LINK)
  LinkState state_;
};

#endif
