// How an interface is set at one moment, so that two moments can be compared. Needs no privilege.
#ifndef QUIC_TOP_INTERFACE_SNAPSHOT_H
#define QUIC_TOP_INTERFACE_SNAPSHOT_H

#include <optional>
#include <string>
#include <vector>

#include "host/ethtool.h"
#include "host/links.h"

struct InterfaceSnapshot {
  Link link;
  Channels channels;
  std::vector<Feature> features;
};

// Of the interface of that index; nothing where it is gone, or cannot be asked.
std::optional<InterfaceSnapshot> take_snapshot(int index);

// The names of the features that were active or requested, and are less now.
std::vector<std::string> switched_off(const InterfaceSnapshot& before, const InterfaceSnapshot& now);

#endif
