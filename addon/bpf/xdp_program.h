// Owns the XDP program on an interface: loads and attaches it, or joins the same program that somebody attached
// by hand.
#ifndef QUIC_TOP_XDP_PROGRAM_H
#define QUIC_TOP_XDP_PROGRAM_H

#include <optional>
#include <string>

#include "bpf/bpf_maps.h"
#include "host/interface.h"
#include "util/capture_error.h"
#include "util/unique_fd.h"

// An XDP program of ours that was attached by hand.
struct AttachedXdp {
  UniqueFd program;
  bool native;
};

class XdpProgram {
 public:
  // What is attached to the interface, if anything is. Throws CaptureError XDP_BUSY when it is not ours.
  static std::optional<AttachedXdp> find(const Interface& interface);

  // The error for it when it is not ours after all.
  static CaptureError not_ours(const Interface& interface, uint32_t id);

  // Loads it; it is not yet attached. Throws CaptureError.
  XdpProgram(const Interface& interface, const BpfMaps& maps, bool native);
  // Joins it.
  XdpProgram(const Interface& interface, AttachedXdp attached);

  // Attaches a program of our own by an unpinned link; nothing to do for one that was joined. Throws
  // CaptureError.
  void attach();
  // What the process that dies closes first are the descriptors it opened last: gives the program's link the
  // newest, so that packets go to the host again before the sockets are closed, which is slow.
  void be_closed_first();
  void detach() { link_.reset(); }
  // Whether it still is on the interface, of which the kernel says that the program `id` is on it (0: none).
  bool is_attached(uint32_t id) const;

  bool owned() const { return owned_; }
  bool native() const { return native_; }
  uint32_t id() const { return id_; }

 private:
  std::string interface_;
  int ifindex_;
  UniqueFd program_;  // of our own, until it hangs on the interface
  uint32_t id_;
  bool owned_, native_;
  UniqueFd link_;
};

#endif
