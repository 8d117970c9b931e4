// Owns the XDP program on an interface: loads and attaches it, or joins the same program that somebody attached
// by hand. Reads and writes its maps by descriptor.
#ifndef QUIC_TOP_XDP_PROGRAM_H
#define QUIC_TOP_XDP_PROGRAM_H

#include <string>
#include <vector>

#include "bpf/counters.h"
#include "host/interface.h"
#include "quic/cid_layouts.h"
#include "quic_top_abi.h"
#include "util/mapping.h"
#include "util/unique_fd.h"

// kNone: the program is loaded for its maps, which the tc programs use, and not attached.
enum class XdpMode { kAuto, kNative, kGeneric, kNone };

// How a program is loaded. Of one that is joined, all of it is fixed.
struct XdpOptions {
  uint32_t cid_table = 1;           // entries of its cid_counter
  uint32_t snaplen = QT_TAP_LARGE;  // bytes of a frame that will be kept
  CidLayouts cid_layouts = {};
};

class XdpProgram {
 public:
  // Joins the program that is attached to the interface, or loads one that is not yet attached.
  // Throws CaptureError, XDP_BUSY when a foreign program is attached.
  static XdpProgram open(const Interface& interface, XdpMode mode, const XdpOptions& options);
  XdpProgram(XdpProgram&&) = default;
  ~XdpProgram();

  // Attaches a program of our own by an unpinned link; nothing to do for one that was joined. Throws
  // CaptureError.
  void attach(XdpMode mode);
  // What the process that dies closes first are the descriptors it opened last: gives the program's link the
  // newest, so that packets go to the host again before the sockets are closed, which is slow.
  void be_closed_first();
  // From here on the program's configuration is this process's. A joined program may still hold that of a
  // process that was killed. To be called when no other process can be capturing, and before what follows.
  void take_over();
  // Ends what take_over() began: a program of our own is detached, a joined one gets its ports back.
  void detach();
  // Whether it still is on the interface, of which the kernel says that the program `id` is on it (0: none).
  bool is_attached(uint32_t id) const;

  void set_mode(qt_mode mode);
  void set_ports(const std::vector<uint16_t>& ports);
  Counters counters() const { return read_counters(counters_.get()); }

  int cid_counter() const { return cid_counter_.get(); }
  int cid_backend_map() const { return cid_backend_map_.get(); }
  int counters_map() const { return counters_.get(); }
  int config_map() const { return config_map_.get(); }
  int xsks_map() const { return xsks_map_.get(); }
  int tap_buffer() const { return tap_buffer_.get(); }
  uint32_t tap_size() const { return tap_size_; }
  // RX queues that xsks_map has keys for: one loaded by hand was not made for the number of this interface.
  uint32_t rx_queues() const { return xsks_entries_ / constants_.slots; }
  uint32_t slots() const { return constants_.slots; }
  // By which it reads connection IDs.
  CidLayouts cid_layouts() const;
  // With which it was loaded.
  const qt_constants& constants() const { return constants_; }
  uint32_t id() const { return id_; }
  bool owned() const { return owned_; }
  bool native() const { return native_; }
  qt_config* config() const { return reinterpret_cast<qt_config*>(config_.get()); }

 private:
  XdpProgram(const Interface& interface, UniqueFd program, bool owned);
  qt_constants read_constants() const;
  // The program's map whose name ends like this. Throws CaptureError XDP_FOREIGN when there is none of that
  // shape.
  UniqueFd map(const std::string& name, uint32_t key_size, uint32_t value_size) const;
  bool try_attach(uint32_t flags);

  std::string interface_;
  int ifindex_;
  UniqueFd program_;
  uint32_t id_ = 0;
  bool owned_;
  bool native_ = false;
  bool taken_over_ = false;
  qt_constants constants_;
  UniqueFd cid_counter_, cid_backend_map_, xsks_map_, counters_, tap_buffer_, config_map_;
  uint32_t tap_size_, xsks_entries_;
  Mapping config_;
  UniqueFd link_;
};

#endif
