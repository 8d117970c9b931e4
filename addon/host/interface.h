// What the kernel says about a network interface, and promiscuous mode.
#ifndef QUIC_TOP_INTERFACE_H
#define QUIC_TOP_INTERFACE_H

#include <cstdint>
#include <string>

#include "host/ethtool.h"
#include "util/unique_fd.h"

// The link type (enum qt_link_type) of the frames of devices of that kind (ARPHRD_... of net/if_arp.h), as
// the tc programs see them; 0: such frames cannot be read.
uint16_t link_type_of(uint16_t hardware);

// An interface of the network namespace of this process, as it was found; or all of them.
class Interface {
 public:
  // `any` is all of them, where there is none of that name. Throws CaptureError: no such interface, it is down,
  // or its frames cannot be read.
  explicit Interface(std::string name);

  const std::string& name() const { return name_; }
  // Whether it is `any`: all interfaces of the namespace, seen from the IP header on.
  bool is_any() const { return index_ == 0; }
  // 0: any.
  int index() const { return index_; }
  // RX queues in use (ETHTOOL_GCHANNELS; 1 where the driver does not say), as many as may be in use while the
  // driver runs an XDP program, and as many as there can ever be.
  uint32_t rx_queues() const { return channels_.rx_queues(); }
  uint32_t xdp_rx_queues() const { return xdp_rx_queues_; }
  uint32_t most_rx_queues() const { return channels_.most_rx_queues(); }
  // NUMA node of the device; -1: the kernel names none.
  int numa_node() const { return numa_node_; }
  bool is_loopback() const { return is_loopback_; }
  // Of its frames (enum qt_link_type).
  uint16_t link_type() const { return link_type_; }

 private:
  std::string name_;
  int index_;
  Channels channels_;
  uint32_t xdp_rx_queues_;
  int numa_node_ = -1;
  bool is_loopback_;
  uint16_t link_type_;
};

// Makes the interface promiscuous until the descriptor is closed, so also when the process dies. Throws
// CaptureError.
UniqueFd join_promiscuous(const Interface& interface);

#endif
