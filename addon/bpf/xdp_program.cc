#include "bpf/xdp_program.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <linux/if_link.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "bpf/bpf_info.h"
#include "bpf/bpf_load.h"
#include "util/capture_error.h"
#include "xdp_filter.skel.h"

namespace {

constexpr char kProgramName[] = "xdp_filter";
// About this many sockets in all, however many RX queues there are.
constexpr uint32_t kMaxSockets = 256;

uint32_t slots_for(uint32_t rx_queues) {
  uint32_t slots = QT_QUEUES;
  while (slots > 1 && slots * rx_queues > kMaxSockets) slots /= 2;
  return slots;
}

size_t page_round(size_t size) {
  size_t page = sysconf(_SC_PAGESIZE);
  return (size + page - 1) / page * page;
}

uint32_t max_entries(const UniqueFd& map) {
  bpf_map_info info = {};
  uint32_t size = sizeof(info);
  return bpf_obj_get_info_by_fd(map.get(), &info, &size) == 0 ? info.max_entries : 0;
}

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

CaptureError foreign_program(const std::string& interface, const BpfProgramInfo& program) {
  return CaptureError("XDP_BUSY",
                      "attach XDP program on " + interface + " failed: EBUSY (the program " +
                          describe(program) + ", is attached, and quic-top never replaces one)",
                      "show what it lets through: sudo quic-top " + interface +
                          " --xdp none; see it with: sudo bpftool prog show id " + std::to_string(program.id) +
                          "; if nobody needs it: sudo ip link set dev " + interface + " xdp off");
}

UniqueFd load_program(const Interface& interface, const XdpOptions& options) {
  std::unique_ptr<xdp_filter, decltype(&xdp_filter__destroy)> object(xdp_filter__open(), xdp_filter__destroy);
  if (!object) throw system_error("open the XDP program", errno);
  uint32_t slots = slots_for(interface.xdp_rx_queues());
  qt_constants& constants = constants_of(object->obj);
  constants.slots = slots;
  constants.tap_size = std::clamp<uint32_t>((options.snaplen + 7) / 8 * 8, QT_TAP_LEAST, QT_TAP_LARGE);
  std::copy(options.cid_layouts.begin(), options.cid_layouts.end(), constants.cid_layouts);
  bpf_map__set_max_entries(object->maps.xsks_map, slots * interface.most_rx_queues());
  bpf_map__set_max_entries(object->maps.cid_counter, options.cid_table);
  load_object(object->obj, "load the XDP program");
  // The maps live as long as the program does.
  return UniqueFd(dup(bpf_program__fd(object->progs.xdp_filter)));
}

}  // namespace

XdpProgram XdpProgram::open(const Interface& interface, XdpMode mode, const XdpOptions& options) {
  if (mode == XdpMode::kNone) return XdpProgram(interface, load_program(interface, options), true);
  if (interface.link_type() != QT_LINK_ETHERNET) {
    throw CaptureError(
        "LINK_TYPE",
        "attach XDP program on " + interface.name() + " failed: its frames have no Ethernet header",
        "show its packets by tc: sudo quic-top " + interface.name() + " --xdp none");
  }
  LIBBPF_OPTS(bpf_xdp_query_opts, query);
  if (int error = bpf_xdp_query(interface.index(), 0, &query)) {
    throw system_error("ask for the XDP program on " + interface.name(), -error);
  }
  uint32_t id = query.prog_id;
  if (id == 0) return XdpProgram(interface, load_program(interface, options), true);

  UniqueFd program(bpf_prog_get_fd_by_id(id));
  if (!program)
    throw system_error("look at the XDP program (id " + std::to_string(id) + ") on " + interface.name(), errno);
  BpfProgramInfo info = bpf_program_info(id);
  if (info.name != kProgramName) throw foreign_program(interface.name(), info);
  try {
    XdpProgram joined(interface, std::move(program), false);
    joined.native_ = query.attach_mode != XDP_ATTACHED_SKB;
    return joined;
  } catch (const CaptureError& error) {
    if (error.code() != "XDP_FOREIGN") throw;
    throw foreign_program(interface.name(), info);
  }
}

XdpProgram::XdpProgram(const Interface& interface, UniqueFd program, bool owned)
    : interface_(interface.name()),
      ifindex_(interface.index()),
      program_(std::move(program)),
      owned_(owned),
      constants_(read_constants()),
      cid_counter_(map("cid_counter", sizeof(qt_cid), sizeof(qt_cid_count))),
      cid_backend_map_(map("cid_backend_map", sizeof(qt_cid), sizeof(qt_cid_backend))),
      xsks_map_(map("xsks_map", sizeof(uint32_t), sizeof(uint32_t))),
      counters_(map("counters", sizeof(uint32_t), sizeof(qt_count))),
      tap_buffer_(map("tap_buffer", 0, 0)),
      config_map_(map(".data.config", sizeof(uint32_t), sizeof(qt_config))),
      config_("the program's configuration", page_round(sizeof(qt_config)), PROT_READ | PROT_WRITE, MAP_SHARED,
              config_map_.get()) {
  bpf_prog_info program_info = {};
  uint32_t size = sizeof(program_info);
  bpf_obj_get_info_by_fd(program_.get(), &program_info, &size);
  id_ = program_info.id;

  tap_size_ = max_entries(tap_buffer_);
  xsks_entries_ = max_entries(xsks_map_);
}

XdpProgram::~XdpProgram() {
  if (config_.get()) detach();  // else it was moved from
}

// Before any other map is looked at: their shapes may be those of another version.
qt_constants XdpProgram::read_constants() const {
  uint32_t zero = 0;
  qt_constants constants = {};
  UniqueFd rodata = map(".rodata", sizeof(zero), sizeof(constants));  // the object file's name stands before
  if (bpf_map_lookup_elem(rodata.get(), &zero, &constants) || constants.abi_version != QT_ABI_VERSION) {
    throw CaptureError(
        "XDP_VERSION",
        "join the XDP program on " + interface_ + " failed: it was built from another version of xdp_filter.c",
        "load the one of this version, or detach it: sudo ip link set dev " + interface_ + " xdp off");
  }
  return constants;
}

UniqueFd XdpProgram::map(const std::string& name, uint32_t key_size, uint32_t value_size) const {
  uint32_t ids[16] = {};
  bpf_prog_info program_info = {};
  program_info.nr_map_ids = 16;
  program_info.map_ids = reinterpret_cast<uint64_t>(ids);
  uint32_t size = sizeof(program_info);
  if (bpf_obj_get_info_by_fd(program_.get(), &program_info, &size))
    throw system_error("read the program's maps", errno);
  for (uint32_t i = 0; i < std::min(program_info.nr_map_ids, 16u); i++) {
    UniqueFd fd(bpf_map_get_fd_by_id(ids[i]));
    if (!fd) throw system_error("open the program's map " + std::to_string(ids[i]), errno);
    bpf_map_info info = {};
    size = sizeof(info);
    if (bpf_obj_get_info_by_fd(fd.get(), &info, &size) == 0 && ends_with(info.name, name) &&
        info.key_size == key_size && info.value_size == value_size) {
      return fd;
    }
  }
  throw CaptureError("XDP_FOREIGN", "the program has no map " + name, "");
}

CidLayouts XdpProgram::cid_layouts() const {
  CidLayouts layouts;
  std::copy(std::begin(constants_.cid_layouts), std::end(constants_.cid_layouts), layouts.begin());
  return layouts;
}

bool XdpProgram::try_attach(uint32_t flags) {
  LIBBPF_OPTS(bpf_link_create_opts, options, .flags = flags);
  int fd = bpf_link_create(program_.get(), ifindex_, BPF_XDP, &options);
  if (fd < 0) {
    errno = -fd;
    return false;
  }
  link_ = UniqueFd(fd);
  return true;
}

void XdpProgram::attach(XdpMode mode) {
  if (!owned_ || mode == XdpMode::kNone) return;
  native_ = mode != XdpMode::kGeneric && try_attach(XDP_FLAGS_DRV_MODE);
  if (native_) return;
  // Another program came first, or we may not: the generic hook would say the same.
  bool hopeless = mode == XdpMode::kAuto && (errno == EBUSY || errno == EPERM);
  if (mode != XdpMode::kNative && !hopeless && try_attach(XDP_FLAGS_SKB_MODE)) return;
  int error = errno;
  if (error == EBUSY || error == EEXIST) {
    throw CaptureError("XDP_BUSY",
                       "attach XDP program on " + interface_ + " failed: EBUSY (another one is attached)",
                       "show what it lets through: sudo quic-top " + interface_ +
                           " --xdp none; see it with: ip link show dev " + interface_);
  }
  std::string how = mode == XdpMode::kGeneric ? "generic" : "native";
  std::string hint = mode == XdpMode::kNative
                         ? "the driver may not support it, or the MTU is too large; try --xdp auto"
                         : "see the kernel's reason with: sudo dmesg | tail";
  throw system_error("attach XDP program (" + how + ") on " + interface_, error, hint);
}

void XdpProgram::be_closed_first() {
  if (!link_) return;
  UniqueFd newest(fcntl(link_.get(), F_DUPFD_CLOEXEC, 0));
  if (newest) link_ = std::move(newest);
}

void XdpProgram::take_over() {
  taken_over_ = true;
  set_mode(QT_MODE_IDLE);
  config()->ifindex = ifindex_;
  if (!config()->borrowed) {
    memcpy(config()->owner_ports, config()->ports, sizeof(config()->ports));
    config()->borrowed = 1;
  }
}

void XdpProgram::detach() {
  link_.reset();
  if (!taken_over_) return;  // the configuration may be that of another process
  taken_over_ = false;
  set_mode(QT_MODE_IDLE);
  memcpy(config()->ports, config()->owner_ports, sizeof(config()->ports));
  config()->borrowed = 0;
}

// By its link where it has one: beside it there may be another that the network card itself runs.
bool XdpProgram::is_attached(uint32_t id) const {
  return owned_ ? link_ && link_ifindex(link_.get()) != 0 : id == id_;
}

void XdpProgram::set_mode(qt_mode mode) { __atomic_store_n(&config()->mode, uint32_t(mode), __ATOMIC_RELEASE); }

void XdpProgram::set_ports(const std::vector<uint16_t>& ports) {
  uint64_t words[QT_PORT_WORDS] = {};
  for (uint16_t port : ports) words[port / 64] |= uint64_t{1} << (port % 64);
  for (uint32_t i = 0; i < QT_PORT_WORDS; i++)
    __atomic_store_n(&config()->ports[i], words[i], __ATOMIC_RELAXED);
}
