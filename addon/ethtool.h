// What the driver of a network interface says about itself.
#ifndef QUIC_TOP_ETHTOOL_H
#define QUIC_TOP_ETHTOOL_H

#include <cstdint>
#include <string>
#include <vector>

#include "unique_fd.h"

struct Feature {
  // In the kernel's words: "rx-lro".
  std::string name;
  // It cannot be switched off.
  bool fixed;
};

class Ethtool {
 public:
  // Throws CaptureError when there can be no socket to ask by.
  explicit Ethtool(std::string name);

  // Empty where it does not say.
  std::string driver() const;
  // RX queues in use; 1 where it does not say.
  uint32_t rx_queues() const;
  // The features that are switched on.
  std::vector<Feature> features() const;

 private:
  // Calls with a struct of linux/ethtool.h. False: the driver has no answer.
  bool call(void* command) const;

  std::string name_;
  UniqueFd socket_;
};

#endif
