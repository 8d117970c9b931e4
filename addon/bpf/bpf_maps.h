// The maps that all programs of a capture share (xdp/maps.h), and the constants that they are loaded with: new
// ones, or those of a program that somebody loaded by hand.
#ifndef QUIC_TOP_BPF_MAPS_H
#define QUIC_TOP_BPF_MAPS_H

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "quic_top_abi.h"
#include "util/unique_fd.h"

struct xdp_filter;

struct MapSizes {
  uint32_t cid_table = 1;  // entries of cid_counter
  uint32_t sockets = 0;    // of xsks_map; 0: there is none, which takes no CAP_NET_ADMIN
};

class BpfMaps {
 public:
  // Makes them. Throws CaptureError.
  explicit BpfMaps(const MapSizes& sizes);
  // Those of a program that is loaded, by its descriptor; what it has none of is made. Throws CaptureError
  // XDP_FOREIGN when they are not ours, XDP_VERSION when they are those of another version.
  explicit BpfMaps(int program);

  // With which programs are loaded on these maps. Those of a program that is loaded are fixed.
  qt_constants& constants() { return constants_; }
  const qt_constants& constants() const { return constants_; }

  int cid_counter() const { return fd(kCidCounter); }
  int cid_backend_map() const { return fd(kCidBackendMap); }
  int backend_counter() const { return fd(kBackendCounter); }
  int xsks_map() const { return fd(kXsksMap); }
  int counters() const { return fd(kCounters); }
  int egress_counters() const { return fd(kEgressCounters); }
  int config() const { return fd(kConfig); }
  // The ring buffers of tap_buffers, each once.
  const std::vector<UniqueFd>& tap_buffers() const { return tap_buffers_; }
  // RX queues that xsks_map has keys for.
  uint32_t rx_queues() const;

  // From here on no program is loaded on them, and they are only read, but for cid_backend_map where
  // `writes_routes`: closes what else they are open for.
  void finish_setup(bool writes_routes);

  // Has an object that is not yet loaded use them.
  void lend_to(xdp_filter* object) const;

 private:
  enum Map {
    kCidCounter,
    kCidBackendMap,
    kBackendCounter,
    kUnreadPorts,
    kPathCounter,
    kXsksMap,
    kCounters,
    kEgressCounters,
    kCpuBudget,
    kTapBuffers,
    kConfig,
    kMaps
  };
  int fd(Map map) const { return fds_[map].get(); }
  void make(const MapSizes* sizes);
  void make_tap_buffers();
  void find_tap_buffers();

  qt_constants constants_ = {};
  std::array<UniqueFd, kMaps> fds_;
  std::vector<UniqueFd> tap_buffers_;
};

// Holds a map read-only from here on, under the same descriptor. Throws CaptureError.
void hold_read_only(int map);

// Loads one program of our object on these maps, and returns its descriptor. `what` is what is done, for the
// error. Throws CaptureError.
UniqueFd load_program(const char* name, const BpfMaps& maps, const std::string& what);

#endif
