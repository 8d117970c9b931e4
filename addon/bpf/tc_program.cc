#include "bpf/tc_program.h"

#include <bpf/bpf.h>

#include <cerrno>

#include "bpf/tcx.h"
#include "util/capture_error.h"

TcProgram::TcProgram(const Interface& interface, const BpfMaps& maps, Direction direction)
    : what_("attach the tc program on " + interface.name()),
      ifindex_(interface.index()),
      direction_(direction),
      program_(load_program(direction == Direction::kIngress ? "quic_ingress" : "quic_egress", maps,
                            "load the tc program on " + interface.name())),
      id_(program_id(program_.get())) {}

void TcProgram::attach() {
  LIBBPF_OPTS(bpf_link_create_opts, options, .flags = kTcxBefore);
  auto type = direction_ == Direction::kIngress ? kTcxIngress : kTcxEgress;
  int fd = bpf_link_create(program_.get(), ifindex_, type, &options);
  if (fd == -EINVAL) {
    throw CaptureError("TCX_MISSING",
                       what_ + " failed: EINVAL (the kernel has no tcx, which came with Linux 6.6)",
                       "let a socket filter see what arrives: leave out --hook tc");
  }
  if (fd < 0) throw system_error(what_, -fd);
  link_ = UniqueFd(fd);
  program_.reset();
}
