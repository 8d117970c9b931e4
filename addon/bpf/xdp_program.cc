#include "bpf/xdp_program.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <linux/if_link.h>

#include <cerrno>

#include "bpf/bpf_info.h"
#include "quic_top_abi.h"
#include "util/capture_error.h"

namespace {

constexpr char kProgramName[] = "xdp_filter";

std::string still_to_see(const std::string& interface) {
  return "show what it lets through: sudo quic-top " + interface + " --mode tap";
}

// Throws CaptureError.
const Interface& with_ethernet(const Interface& interface) {
  if (interface.link_type() == QT_LINK_ETHERNET) return interface;
  throw CaptureError(
      "LINK_TYPE", "attach XDP program on " + interface.name() + " failed: its frames have no Ethernet header",
      "show its packets in mode tap: sudo quic-top " + interface.name());
}

}  // namespace

CaptureError XdpProgram::not_ours(const Interface& interface, uint32_t id) {
  const std::string& name = interface.name();
  return CaptureError("XDP_BUSY",
                      "attach XDP program on " + name + " failed: EBUSY (the program " +
                          describe(bpf_program_info(id)) + ", is attached, and quic-top never replaces one)",
                      still_to_see(name) + "; see it with: sudo bpftool prog show id " + std::to_string(id) +
                          "; if nobody needs it: sudo ip link set dev " + name + " xdp off");
}

std::optional<AttachedXdp> XdpProgram::find(const Interface& interface) {
  LIBBPF_OPTS(bpf_xdp_query_opts, query);
  if (int error = bpf_xdp_query(interface.index(), 0, &query))
    throw system_error("ask for the XDP program on " + interface.name(), -error);
  if (query.prog_id == 0) return {};
  AttachedXdp attached = {UniqueFd(bpf_prog_get_fd_by_id(query.prog_id)),
                          query.attach_mode != XDP_ATTACHED_SKB};
  if (!attached.program) {
    throw system_error(
        "look at the XDP program (id " + std::to_string(query.prog_id) + ") on " + interface.name(), errno);
  }
  if (bpf_program_info(query.prog_id).name != kProgramName) throw not_ours(interface, query.prog_id);
  return attached;
}

XdpProgram::XdpProgram(const Interface& interface, const BpfMaps& maps, bool native)
    : interface_(with_ethernet(interface).name()),
      ifindex_(interface.index()),
      program_(load_program(kProgramName, maps, "load the XDP program")),
      id_(program_id(program_.get())),
      owned_(true),
      native_(native) {}

XdpProgram::XdpProgram(const Interface& interface, AttachedXdp attached)
    : interface_(interface.name()),
      ifindex_(interface.index()),
      id_(program_id(attached.program.get())),
      owned_(false),
      native_(attached.native) {}

void XdpProgram::attach() {
  if (!owned_) return;
  LIBBPF_OPTS(bpf_link_create_opts, options, .flags = native_ ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE);
  int fd = bpf_link_create(program_.get(), ifindex_, BPF_XDP, &options);
  if (fd >= 0) {
    link_ = UniqueFd(fd);
    program_.reset();
    return;
  }
  if (fd == -EBUSY || fd == -EEXIST) {
    throw CaptureError("XDP_BUSY",
                       "attach XDP program on " + interface_ + " failed: EBUSY (another one is attached)",
                       still_to_see(interface_) + "; see it with: ip link show dev " + interface_);
  }
  throw system_error(
      "attach XDP program (" + std::string(native_ ? "native" : "generic") + ") on " + interface_, -fd,
      native_ ? "the driver may not support it, or the MTU is too large: try --xdp generic, or mode tap; see: "
                "quic-top doctor " +
                    interface_
              : "see the kernel's reason with: sudo dmesg | tail");
}

void XdpProgram::be_closed_first() {
  if (!link_) return;
  UniqueFd newest(fcntl(link_.get(), F_DUPFD_CLOEXEC, 0));
  if (newest) link_ = std::move(newest);
}

// By its link where it has one: beside it there may be another that the network card itself runs.
bool XdpProgram::is_attached(uint32_t id) const {
  if (owned_) return link_ && link_ifindex(link_.get()) != 0;
  return id == id_;
}
