// The programs of a capture, on one set of maps: which one sees what arrives, and which one what leaves.
#ifndef QUIC_TOP_CAPTURE_PROGRAMS_H
#define QUIC_TOP_CAPTURE_PROGRAMS_H

#include <optional>
#include <string>

#include "bpf/bpf_maps.h"
#include "bpf/counters.h"
#include "bpf/program_config.h"
#include "bpf/socket_filter.h"
#include "bpf/tc_program.h"
#include "bpf/xdp_program.h"
#include "cid/cid_layouts.h"
#include "host/interface.h"
#include "recorder/snaplen.h"

// By what packets that arrive are seen: a socket filter; a tc program; the XDP program in the driver, or behind
// it (generic).
enum class Hook { kSocket, kTc, kXdpNative, kXdpGeneric };
constexpr bool is_xdp(Hook hook) { return hook == Hook::kXdpNative || hook == Hook::kXdpGeneric; }

// By what those that leave are: by tcx where there is tcx; by the socket filter; not at all.
enum class Egress { kAuto, kSocket, kNone };

struct ProgramOptions {
  Hook hook;
  Egress egress;
  // What follows is fixed for an XDP program that is joined.
  uint32_t cid_table = 1;  // entries of its cid_counter
  Snaplen snaplen;         // bytes of a frame that will be kept
  CidSchemes cids = {};
};

class CapturePrograms {
 public:
  // Loads what is needed, or joins the XDP program that is attached. Throws CaptureError, XDP_BUSY when that is
  // not ours; but not for what leaves: a capture goes on without, and egress_missing() says why.
  CapturePrograms(const Interface& interface, const ProgramOptions& options);

  // Throws CaptureError as the constructor does.
  void attach();
  // Nothing is captured from here on. A joined program stays, as it was found once give_back() was called.
  void detach();
  void give_back() { config_.give_back(); }
  void be_closed_first();
  // To be called when all sockets are registered: BpfMaps::finish_setup().
  void finish_setup();
  // Whether CIDs are opened with keys here, and what they name is written to cid_backend_map.
  bool writes_routes() const;

  // Whether the program hangs there, of an interface on which the kernel says that the XDP program `xdp` is.
  bool sees_arriving(uint32_t xdp) const;
  bool sees_leaving() const;
  // Why what leaves is not seen; empty when it is. To be asked after attach().
  const std::string& egress_missing() const { return egress_missing_; }

  Hook hook() const { return hook_; }
  // Of the one that sees what arrives.
  uint32_t id() const;
  // False: it was attached by hand, and stays.
  bool owned() const { return !xdp_ || xdp_->owned(); }

  const BpfMaps& maps() const { return maps_; }
  ProgramConfig& config() { return config_; }
  Counters counters() const { return read_counters(maps_.counters()); }
  Counters egress_counters() const { return read_counters(maps_.egress_counters()); }
  // By what connection IDs are read: a program that was joined brings its own layouts, and no keys.
  CidSchemes cid_schemes() const;

 private:
  CapturePrograms(const Interface& interface, const ProgramOptions& options,
                  std::optional<AttachedXdp> attached);
  void attach_xdp();
  void load_egress(const Interface& interface, Egress egress);

  Interface interface_;
  Hook hook_;
  std::string egress_missing_;
  CidKeys keys_;
  BpfMaps maps_;
  ProgramConfig config_;
  // One of them sees what arrives.
  std::optional<XdpProgram> xdp_;
  std::optional<SocketFilter> socket_;
  std::optional<TcProgram> tc_;
  std::optional<TcProgram> egress_;
};

#endif
