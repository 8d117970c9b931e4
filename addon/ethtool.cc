#include "ethtool.h"

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cstring>

#include "capture_error.h"

namespace {

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

Ethtool::Ethtool(std::string name)
    : name_(std::move(name)), socket_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
  if (!socket_) throw system_error("open a socket to ask about " + name_, errno);
}

bool Ethtool::call(void* command) const {
  ifreq request = {};
  strncpy(request.ifr_name, name_.c_str(), IFNAMSIZ - 1);
  request.ifr_data = static_cast<char*>(command);
  return ioctl(socket_.get(), SIOCETHTOOL, &request) == 0;
}

std::string Ethtool::driver() const {
  ethtool_drvinfo info = {};
  info.cmd = ETHTOOL_GDRVINFO;
  return call(&info) ? std::string(info.driver, strnlen(info.driver, sizeof(info.driver))) : "";
}

uint32_t Ethtool::rx_queues() const {
  ethtool_channels channels = {};
  channels.cmd = ETHTOOL_GCHANNELS;
  uint32_t queues = call(&channels) ? channels.rx_count + channels.combined_count : 0;
  return queues == 0 ? 1 : queues;
}

std::vector<Feature> Ethtool::features() const {
  WithArray<ethtool_sset_info> sizes(sizeof(uint32_t));
  sizes->cmd = ETHTOOL_GSSET_INFO;
  sizes->sset_mask = 1ull << ETH_SS_FEATURES;
  if (!call(sizes.get()) || sizes->sset_mask == 0) return {};
  uint32_t count = sizes->data[0];
  uint32_t blocks = (count + 31) / 32;

  WithArray<ethtool_gstrings> names(size_t{count} * ETH_GSTRING_LEN);
  names->cmd = ETHTOOL_GSTRINGS;
  names->string_set = ETH_SS_FEATURES;
  names->len = count;
  WithArray<ethtool_gfeatures> bits(blocks * sizeof(ethtool_get_features_block));
  bits->cmd = ETHTOOL_GFEATURES;
  bits->size = blocks;
  if (!call(names.get()) || !call(bits.get())) return {};

  std::vector<Feature> active;
  for (uint32_t i = 0; i < count; i++) {
    auto* name = reinterpret_cast<const char*>(names->data + size_t{i} * ETH_GSTRING_LEN);
    const ethtool_get_features_block& block = bits->features[i / 32];
    uint32_t bit = 1u << (i % 32);
    if (block.active & bit) {
      bool fixed = !(block.available & bit) || block.never_changed & bit;
      active.push_back({std::string(name, strnlen(name, ETH_GSTRING_LEN)), fixed});
    }
  }
  return active;
}
