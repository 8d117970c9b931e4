// What the driver of a network interface says about itself.
#ifndef QUIC_TOP_ETHTOOL_H
#define QUIC_TOP_ETHTOOL_H

#include <cstdint>
#include <set>
#include <string>

#include "unique_fd.h"

class Ethtool {
 public:
  // Throws CaptureError when there can be no socket to ask by.
  explicit Ethtool(std::string name);

  // Empty where it does not say.
  std::string driver() const;
  // RX queues in use; 1 where it does not say.
  uint32_t rx_queues() const;
  // The names of the features that are switched on, as `ethtool --show-features` has them in the kernel's words
  // ("rx-lro").
  std::set<std::string> features() const;

 private:
  // Calls with a struct of linux/ethtool.h. False: the driver has no answer.
  bool call(void* command) const;

  std::string name_;
  UniqueFd socket_;
};

#endif
