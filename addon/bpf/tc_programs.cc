#include "bpf/tc_programs.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "bpf/bpf_load.h"
#include "bpf/tcx.h"
#include "util/capture_error.h"
#include "xdp_filter.skel.h"

namespace {

// Returns 0 or an errno.
int attach_tcx(const UniqueFd& program, int ifindex, bpf_attach_type type, UniqueFd* link) {
  if (!program) return 0;
  LIBBPF_OPTS(bpf_link_create_opts, options, .flags = kTcxBefore);
  int fd = bpf_link_create(program.get(), ifindex, type, &options);
  if (fd < 0) return -fd;
  *link = UniqueFd(fd);
  return 0;
}

}  // namespace

TcPrograms::TcPrograms(const Interface& interface, const XdpProgram& xdp, bool ingress)
    : interface_(interface.name()),
      ifindex_(interface.index()),
      wants_ingress_(ingress),
      wants_egress_(!interface.is_loopback()) {
  if (!wants_egress_) egress_missing_ = "what leaves " + interface_ + " arrives there again, and is seen then";
  if (!wants_ingress_ && !wants_egress_) return;
  try {
    load(xdp, interface.link_type());
  } catch (const CaptureError& error) {
    if (wants_ingress_) throw;
    egress_missing_ = error.what();
  }
}

void TcPrograms::load(const XdpProgram& xdp, uint32_t link_type) {
  std::unique_ptr<xdp_filter, decltype(&xdp_filter__destroy)> object(xdp_filter__open(), xdp_filter__destroy);
  if (!object) throw system_error("open the tc programs", errno);
  const auto& programs = object->progs;
  bpf_program__set_autoload(programs.xdp_filter, false);
  bpf_program__set_autoload(programs.quic_ingress, wants_ingress_);
  bpf_program__set_autoload(programs.quic_egress, wants_egress_);
  qt_constants& constants = constants_of(object->obj);
  constants = xdp.constants();
  constants.link_type = link_type;
  const auto& maps = object->maps;
  bpf_map__set_autocreate(maps.xsks_map, false);
  for (auto [map, fd] :
       {std::pair{maps.cid_counter, xdp.cid_counter()}, std::pair{maps.cid_backend_map, xdp.cid_backend_map()},
        std::pair{maps.counters, xdp.counters_map()}, std::pair{maps.tap_buffer, xdp.tap_buffer()},
        std::pair{maps.data_config, xdp.config_map()}}) {
    if (int error = bpf_map__reuse_fd(map, fd)) throw system_error("share the XDP program's maps", -error);
  }
  load_object(object->obj, "load the tc programs on " + interface_);
  if (wants_ingress_) ingress_ = UniqueFd(dup(bpf_program__fd(programs.quic_ingress)));
  if (wants_egress_) egress_ = UniqueFd(dup(bpf_program__fd(programs.quic_egress)));
  egress_counters_ = UniqueFd(dup(bpf_map__fd(maps.egress_counters)));
}

void TcPrograms::attach() {
  if (int error = attach_tcx(ingress_, ifindex_, kTcxIngress, &ingress_link_)) refuse(error);
  if (int error = attach_tcx(egress_, ifindex_, kTcxEgress, &egress_link_)) refuse(error);
}

void TcPrograms::detach() {
  ingress_link_.reset();
  egress_link_.reset();
}

void TcPrograms::refuse(int error) {
  bool old = error == EINVAL;
  if (wants_ingress_) {
    std::string task = "attach the tc programs on " + interface_;
    if (old) throw system_error(task, error, "without XDP quic-top needs tcx, which came with Linux 6.6");
    throw system_error(task, error);
  }
  egress_missing_ = old ? "the kernel has no tcx, which came with Linux 6.6"
                        : std::string("the egress program was refused: ") + strerror(error);
}
