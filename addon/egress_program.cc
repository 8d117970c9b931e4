#include "egress_program.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "xdp_filter.skel.h"

namespace {

// BPF_TCX_EGRESS, which libbpf before 1.3 does not know.
constexpr auto kTcxEgress = static_cast<bpf_attach_type>(47);

std::string reason(int error) {
  if (error == EINVAL) return "the kernel has no tcx, which came with Linux 6.6";
  return std::string("the egress program was refused: ") + strerror(error);
}

}  // namespace

EgressProgram::EgressProgram(const Interface& interface, const XdpProgram& xdp) : ifindex_(interface.index()) {
  if (interface.is_loopback()) {
    missing_ = "what leaves " + interface.name() + " arrives there again, and is seen then";
    return;
  }
  std::unique_ptr<xdp_filter, decltype(&xdp_filter__destroy)> object(xdp_filter__open(), xdp_filter__destroy);
  if (!object) {
    missing_ = reason(errno);
    return;
  }
  bpf_program__set_autoload(object->progs.xdp_filter, false);
  bpf_program__set_autoload(object->progs.quic_egress, true);
  const_cast<qt_constants&>(object->rodata->constants).tap_size = xdp.tap_record_size();
  bpf_map__set_autocreate(object->maps.xsks_map, false);
  bpf_map__set_autocreate(object->maps.counters, false);
  const auto& maps = object->maps;
  int error = 0;
  for (auto [map, fd] :
       {std::pair{maps.cid_counter, xdp.cid_counter()}, std::pair{maps.cid_backend_map, xdp.cid_backend_map()},
        std::pair{maps.tap_buffer, xdp.tap_buffer()}, std::pair{maps.data_config, xdp.config_map()}}) {
    if (!error) error = bpf_map__reuse_fd(map, fd);
  }
  if (!error) error = xdp_filter__load(object.get());
  if (error) {
    missing_ = reason(-error);
    return;
  }
  program_ = UniqueFd(dup(bpf_program__fd(object->progs.quic_egress)));
  counters_ = UniqueFd(dup(bpf_map__fd(object->maps.egress_counters)));
}

void EgressProgram::attach() {
  if (!program_) return;
  int fd = bpf_link_create(program_.get(), ifindex_, kTcxEgress, nullptr);
  if (fd < 0)
    missing_ = reason(-fd);
  else
    link_ = UniqueFd(fd);
}
