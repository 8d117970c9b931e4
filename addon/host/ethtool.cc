#include "host/ethtool.h"

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>

#include <cstring>

#include "util/capture_error.h"

namespace {

// A driver may count more by now than it said: of each queue, while somebody asks for more queues. The kernel
// writes all of it.
constexpr size_t with_spare(uint32_t count) { return size_t{2} * count + 256; }

// A struct of linux/ethtool.h that ends in an array, which takes `bytes`.
template <typename T>
class WithArray {
 public:
  explicit WithArray(size_t bytes) : memory_((sizeof(T) + bytes) / sizeof(uint64_t) + 1) {}
  T* operator->() { return get(); }
  T* get() { return reinterpret_cast<T*>(memory_.data()); }

 private:
  std::vector<uint64_t> memory_;
};

}  // namespace

Ethtool::Ethtool(std::string name) : name_(std::move(name)) {
  if (socket_.get() < 0) throw system_error("open a socket to ask about " + name_, errno);
}

bool Ethtool::call(void* command) const {
  ifreq request = {};
  strncpy(request.ifr_name, name_.c_str(), IFNAMSIZ - 1);
  request.ifr_data = static_cast<char*>(command);
  return ioctl(socket_.get(), SIOCETHTOOL, &request) >= 0;
}

std::string Ethtool::driver() const {
  ethtool_drvinfo info = {};
  info.cmd = ETHTOOL_GDRVINFO;
  return call(&info) ? std::string(info.driver, strnlen(info.driver, sizeof(info.driver))) : "";
}

Channels Ethtool::channels() const {
  ethtool_channels channels = {};
  channels.cmd = ETHTOOL_GCHANNELS;
  if (!call(&channels)) return {};
  return {channels.rx_count, channels.combined_count, channels.max_rx, channels.max_combined};
}

uint32_t Ethtool::rx_ring() const {
  ethtool_ringparam ring = {};
  ring.cmd = ETHTOOL_GRINGPARAM;
  return call(&ring) ? ring.rx_pending : 0;
}

// Of enum ethtool_stringset, by their numbers, which differ from kernel to kernel. Empty where it does not say.
std::vector<std::string> Ethtool::strings(uint32_t set) const {
  WithArray<ethtool_sset_info> sizes(sizeof(uint32_t));
  sizes->cmd = ETHTOOL_GSSET_INFO;
  sizes->sset_mask = 1ull << set;
  if (!call(sizes.get()) || sizes->sset_mask == 0) return {};
  uint32_t count = sizes->data[0];

  WithArray<ethtool_gstrings> strings(with_spare(count) * ETH_GSTRING_LEN);
  strings->cmd = ETHTOOL_GSTRINGS;
  strings->string_set = set;
  strings->len = count;
  if (!call(strings.get())) return {};
  std::vector<std::string> names;
  for (uint32_t i = 0; i < count; i++) {
    auto* name = reinterpret_cast<const char*>(strings->data + size_t{i} * ETH_GSTRING_LEN);
    names.emplace_back(name, strnlen(name, ETH_GSTRING_LEN));
  }
  return names;
}

std::vector<DriverStatistic> Ethtool::statistics() const {
  std::vector<std::string> names = strings(ETH_SS_STATS);
  WithArray<ethtool_stats> values(with_spare(names.size()) * sizeof(uint64_t));
  values->cmd = ETHTOOL_GSTATS;
  values->n_stats = names.size();
  if (names.empty() || !call(values.get())) return {};
  // None is told where their number has changed meanwhile.
  std::vector<DriverStatistic> statistics;
  for (uint32_t i = 0; values->n_stats == names.size() && i < names.size(); i++)
    statistics.push_back({names[i], values->data[i]});
  return statistics;
}

std::vector<Feature> Ethtool::features() const {
  std::vector<std::string> names = strings(ETH_SS_FEATURES);
  uint32_t blocks = (names.size() + 31) / 32;
  WithArray<ethtool_gfeatures> bits(blocks * sizeof(ethtool_get_features_block));
  bits->cmd = ETHTOOL_GFEATURES;
  bits->size = blocks;
  if (names.empty() || !call(bits.get())) return {};

  std::vector<Feature> features;
  for (uint32_t i = 0; i < names.size(); i++) {
    const ethtool_get_features_block& block = bits->features[i / 32];
    uint32_t bit = 1u << (i % 32);
    if ((block.active | block.requested) & bit) {
      bool fixed = !(block.available & bit) || block.never_changed & bit;
      features.push_back({names[i], (block.active & bit) != 0, (block.requested & bit) != 0, fixed});
    }
  }
  return features;
}

int Ethtool::request(const std::vector<std::string>& features) const {
  std::vector<std::string> names = strings(ETH_SS_FEATURES);
  uint32_t blocks = (names.size() + 31) / 32;
  WithArray<ethtool_sfeatures> bits(blocks * sizeof(ethtool_set_features_block));
  bits->cmd = ETHTOOL_SFEATURES;
  bits->size = blocks;
  for (uint32_t i = 0; i < names.size(); i++) {
    if (std::find(features.begin(), features.end(), names[i]) == features.end()) continue;
    bits->features[i / 32].valid |= 1u << (i % 32);
    bits->features[i / 32].requested |= 1u << (i % 32);
  }
  // A positive answer is how far the request was heeded.
  return call(bits.get()) ? 0 : errno;
}
