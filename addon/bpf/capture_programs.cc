#include "bpf/capture_programs.h"

#include <algorithm>

#include "bpf/bpf_load.h"
#include "util/capture_error.h"

namespace {

// Of the records of a tap that keeps so many bytes of each frame.
uint32_t tap_size(uint32_t snaplen) {
  return (std::clamp<uint32_t>(snaplen, QT_TAP_LEAST, QT_TAP_LARGE) + 7) / 8 * 8;
}

// About this many sockets in all, however many RX queues there are.
constexpr uint32_t kMaxSockets = 256;

uint32_t slots_for(uint32_t rx_queues) {
  uint32_t slots = QT_QUEUES;
  while (slots > 1 && slots * rx_queues > kMaxSockets) slots /= 2;
  return slots;
}

std::optional<AttachedXdp> find_attached(const Interface& interface, Hook hook) {
  return is_xdp(hook) ? XdpProgram::find(interface) : std::nullopt;
}

BpfMaps maps_for(const Interface& interface, const ProgramOptions& options,
                 const std::optional<AttachedXdp>& attached) {
  if (attached) {
    try {
      return BpfMaps(attached->program.get());
    } catch (const CaptureError& error) {
      if (error.code() == "XDP_VERSION") {
        throw CaptureError(error.code(),
                           "join the XDP program on " + interface.name() + " failed: " + error.what(),
                           "load the one of this version, or detach it: sudo ip link set dev " +
                               interface.name() + " xdp off");
      }
      if (error.code() == "XDP_FOREIGN")
        throw XdpProgram::not_ours(interface, program_id(attached->program.get()));
      throw;
    }
  }
  uint32_t slots = slots_for(interface.xdp_rx_queues());
  BpfMaps maps({options.cid_table, is_xdp(options.hook) ? slots * interface.most_rx_queues() : 0});
  qt_constants& constants = maps.constants();
  constants.slots = slots;
  constants.tap_size = tap_size(std::max(options.snaplen.initials, options.snaplen.others));
  // Where others are kept longer than Initials all are copied so, and the recorder cuts.
  constants.tap_other_size = tap_size(options.snaplen.others);
  constants.link_type = interface.link_type();
  std::copy(options.cids.layouts.begin(), options.cids.layouts.end(), constants.cid_layouts);
  return maps;
}

}  // namespace

CapturePrograms::CapturePrograms(const Interface& interface, const ProgramOptions& options)
    : CapturePrograms(interface, options, find_attached(interface, options.hook)) {}

CapturePrograms::CapturePrograms(const Interface& interface, const ProgramOptions& options,
                                 std::optional<AttachedXdp> attached)
    : interface_(interface),
      hook_(options.hook),
      keys_(attached ? CidKeys{} : options.cids.keys),
      maps_(maps_for(interface, options, attached)),
      config_(maps_.config()) {
  if (attached) {
    hook_ = attached->native ? Hook::kXdpNative : Hook::kXdpGeneric;
    xdp_.emplace(interface, std::move(*attached));
  } else if (is_xdp(hook_)) {
    xdp_.emplace(interface, maps_, hook_ == Hook::kXdpNative);
  } else if (hook_ == Hook::kTc) {
    tc_.emplace(interface, maps_, TcProgram::Direction::kIngress);
  } else {
    socket_.emplace(interface, maps_, options.egress == Egress::kSocket && !interface.is_loopback());
  }
  load_egress(interface, options.egress);
}

void CapturePrograms::load_egress(const Interface& interface, Egress egress) {
  if (interface.is_loopback()) {
    egress_missing_ = "what leaves " + interface.name() + " arrives there again, and is seen then";
  } else if (egress == Egress::kNone) {
    egress_missing_ = "--egress none";
  } else if (egress == Egress::kSocket && !socket_) {
    egress_missing_ = "--egress socket goes with the socket filter";
  } else if (egress == Egress::kAuto && interface.is_any()) {
    egress_missing_ = "on all interfaces only the socket filter can show it: --egress socket";
  } else if (egress == Egress::kAuto) {
    try {
      egress_.emplace(interface, maps_, TcProgram::Direction::kEgress);
    } catch (const CaptureError& error) {
      egress_missing_ = error.what();
    }
  }
}

// Drivers refuse a program that does not know of frames in several pieces where the MTU is larger than a page:
// one that does asks the kernel for the length of every frame.
void CapturePrograms::attach_xdp() {
  try {
    xdp_->attach();
  } catch (const CaptureError& error) {
    if (!xdp_->owned() || !xdp_->native() || error.code() == "XDP_BUSY" || !has_xdp_frags()) throw;
    maps_.constants().has_frags = 1;
    try {
      XdpProgram again(interface_, maps_, true);
      again.attach();
      xdp_ = std::move(again);
    } catch (const CaptureError&) {
      throw error;
    }
  }
}

void CapturePrograms::attach() {
  if (xdp_) attach_xdp();
  if (tc_) tc_->attach();
  if (socket_) socket_->attach();
  if (!egress_) return;
  try {
    egress_->attach();
  } catch (const CaptureError& error) {
    egress_missing_ = error.code() == "TCX_MISSING"
                          ? "the kernel has no tcx, which came with Linux 6.6; the socket filter can show it: "
                            "--egress socket"
                          : error.what();
    egress_.reset();
  }
}

void CapturePrograms::detach() {
  config_.set_mode(QT_MODE_IDLE);
  if (xdp_) xdp_->detach();
  if (tc_) tc_->detach();
  if (socket_) socket_->detach();
  if (egress_) egress_->detach();
}

void CapturePrograms::be_closed_first() {
  if (xdp_) xdp_->be_closed_first();
}

bool CapturePrograms::sees_arriving(uint32_t xdp) const {
  if (xdp_) return xdp_->is_attached(xdp);
  return tc_ ? tc_->is_attached() : socket_->is_attached();
}

bool CapturePrograms::sees_leaving() const {
  return egress_ ? egress_->is_attached() : socket_ && socket_->sees_outgoing() && socket_->is_attached();
}

uint32_t CapturePrograms::id() const { return xdp_ ? xdp_->id() : tc_ ? tc_->id() : socket_->id(); }

void CapturePrograms::finish_setup() {
  maps_.finish_setup(writes_routes());
  if (socket_) socket_->finish_setup();
}

CidSchemes CapturePrograms::cid_schemes() const {
  CidSchemes schemes;
  const auto& configured = maps_.constants().cid_layouts;
  std::copy(std::begin(configured), std::end(configured), schemes.layouts.begin());
  schemes.keys = keys_;
  return schemes;
}

bool CapturePrograms::writes_routes() const { return keys_ != CidKeys{}; }
