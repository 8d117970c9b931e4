// What the driver of a network interface says about itself.
#ifndef QUIC_TOP_ETHTOOL_H
#define QUIC_TOP_ETHTOOL_H

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "host/kernel_socket.h"

struct Feature {
  // In the kernel's words: "rx-lro".
  std::string name;
  bool active;
  // Somebody wants it on, perhaps in vain: "off [requested on]" in ethtool's words.
  bool requested;
  // It cannot be switched.
  bool fixed;
};

// A counter that only this driver has, by its name: "rx_queue_0_drops". Some have several of one name, one for
// each queue.
struct DriverStatistic {
  std::string name;
  uint64_t value;
};

// Queues for receiving, by how the driver counts them: by themselves (rx), or each with one for sending
// (combined). All are 0 where it does not say.
struct Channels {
  uint32_t rx = 0, combined = 0;
  uint32_t most_rx = 0, most_combined = 0;

  // In use; there is always one.
  uint32_t rx_queues() const { return std::max(1u, rx + combined); }
  // That there can be, when somebody asks for more channels.
  uint32_t most_rx_queues() const { return std::max(rx_queues(), most_rx + most_combined); }
};

class Ethtool {
 public:
  // Throws CaptureError when there can be no socket to ask by.
  explicit Ethtool(std::string name);

  // Empty where it does not say.
  std::string driver() const;
  Channels channels() const;
  // Descriptors of each RX queue's ring; 0 where it does not say.
  uint32_t rx_ring() const;
  // The features that are active or requested.
  std::vector<Feature> features() const;
  // What the driver counts by names of its own (`ethtool -S`); empty where it does not say. Some ask their
  // hardware.
  std::vector<DriverStatistic> statistics() const;
  // Requests features, by their names. Returns 0 or an errno; where it is 0 the driver may still have refused.
  int request(const std::vector<std::string>& features) const;

 private:
  std::vector<std::string> strings(uint32_t set) const;
  // Calls with a struct of linux/ethtool.h. False: the driver has no answer.
  bool call(void* command) const;

  std::string name_;
  KernelSocket socket_;
};

#endif
