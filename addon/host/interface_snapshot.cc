#include "host/interface_snapshot.h"

#include <algorithm>

#include "util/capture_error.h"

std::optional<InterfaceSnapshot> take_snapshot(int index) {
  try {
    std::optional<Link> link = find_link(index);
    if (!link) return {};
    Ethtool ethtool(link->name);
    return InterfaceSnapshot{*link, ethtool.channels(), ethtool.features()};
  } catch (const CaptureError&) {
    return {};
  }
}

std::vector<std::string> switched_off(const InterfaceSnapshot& before, const InterfaceSnapshot& now) {
  std::vector<std::string> names;
  for (const Feature& was : before.features) {
    auto is = std::find_if(now.features.begin(), now.features.end(),
                           [&](const Feature& feature) { return feature.name == was.name; });
    bool less = is == now.features.end() || (was.active && !is->active) || (was.requested && !is->requested);
    if (less) names.push_back(was.name);
  }
  return names;
}
