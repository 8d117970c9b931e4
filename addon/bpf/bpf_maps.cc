#include "bpf/bpf_maps.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <set>

#include "bpf/bpf_info.h"
#include "bpf/bpf_load.h"
#include "util/capture_error.h"
#include "xdp_filter.skel.h"

namespace {

using Object = std::unique_ptr<xdp_filter, decltype(&xdp_filter__destroy)>;

// By BpfMaps::Map. As the object names them; of those of a program the kernel knows 15 letters.
struct Shape {
  const char* name;
  uint32_t key_size, value_size;
};
constexpr Shape kShapes[] = {
    {"cid_counter", sizeof(qt_cid), sizeof(qt_cid_count)},
    {"cid_backend_map", sizeof(qt_cid), sizeof(qt_cid_backend)},
    {"backend_counter", sizeof(qt_backend), sizeof(qt_backend_count)},
    {"unread_ports", sizeof(uint32_t), sizeof(qt_count)},
    {"path_counter", sizeof(qt_path), sizeof(qt_path_count)},
    {"xsks_map", sizeof(uint32_t), sizeof(uint32_t)},
    {"counters", sizeof(uint32_t), sizeof(qt_count)},
    {"egress_counters", sizeof(uint32_t), sizeof(qt_count)},
    {"cpu_budget", sizeof(uint32_t), sizeof(qt_budget)},
    {"tap_buffers", sizeof(uint32_t), sizeof(uint32_t)},
    {".data.config", sizeof(uint32_t), sizeof(qt_config)},
};

// BPF_F_XDP_HAS_FRAGS, which headers before Linux 5.18 do not have.
constexpr uint32_t kHasFrags = 1u << 5;

// Our object, with no program to be loaded yet.
Object open_object(const std::string& what) {
  Object object(xdp_filter__open(), xdp_filter__destroy);
  if (!object) throw system_error(what, errno);
  bpf_program* program;
  bpf_object__for_each_program(program, object->obj) bpf_program__set_autoload(program, false);
  return object;
}

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

// Of the maps that a loaded program uses, that of this shape whose name ends like this: the object file's name
// may stand before it. Throws CaptureError XDP_FOREIGN when there is none.
UniqueFd map_of(int program, const Shape& shape) {
  uint32_t ids[64] = {};
  bpf_prog_info program_info = {};
  program_info.nr_map_ids = std::size(ids);
  program_info.map_ids = reinterpret_cast<uint64_t>(ids);
  uint32_t size = sizeof(program_info);
  if (bpf_obj_get_info_by_fd(program, &program_info, &size))
    throw system_error("read the program's maps", errno);
  for (uint32_t i = 0; i < std::min<uint32_t>(program_info.nr_map_ids, std::size(ids)); i++) {
    UniqueFd fd(bpf_map_get_fd_by_id(ids[i]));
    if (!fd) throw system_error("open the program's map " + std::to_string(ids[i]), errno);
    bpf_map_info info = {};
    size = sizeof(info);
    if (bpf_obj_get_info_by_fd(fd.get(), &info, &size) == 0 && ends_with(info.name, shape.name) &&
        info.key_size == shape.key_size && info.value_size == shape.value_size) {
      return fd;
    }
  }
  throw CaptureError("XDP_FOREIGN", std::string("the program has no map ") + shape.name, "");
}

// Before any other map is looked at: their shapes may be those of another version.
qt_constants read_constants(int program) {
  uint32_t zero = 0;
  qt_constants constants = {};
  UniqueFd rodata = map_of(program, {".rodata", sizeof(zero), sizeof(constants)});
  if (bpf_map_lookup_elem(rodata.get(), &zero, &constants) || constants.abi_version != QT_ABI_VERSION)
    throw CaptureError("XDP_VERSION", "it was built from another version of xdp_filter.c", "");
  return constants;
}

}  // namespace

BpfMaps::BpfMaps(const MapSizes& sizes) {
  make(&sizes);
  make_tap_buffers();
  if (getrandom(&constants_.metadata_magic, sizeof(constants_.metadata_magic), 0) < 0)
    throw system_error("get a random number", errno);
}

BpfMaps::BpfMaps(int program) {
  qt_constants constants = read_constants(program);
  for (uint32_t map = 0; map < kMaps; map++) {
    // Of what leaves, which no XDP program sees: one of their own is made for those that do.
    if (map != kEgressCounters) fds_[map] = map_of(program, kShapes[map]);
  }
  make(nullptr);
  find_tap_buffers();
  constants_ = constants;
}

// Those that are missing.
void BpfMaps::make(const MapSizes* sizes) {
  Object object = open_object("open the BPF object");
  constants_ = constants_of(object->obj);
  if (sizes) {
    bpf_map__set_max_entries(object->maps.cid_counter, sizes->cid_table);
    bpf_map__set_max_entries(object->maps.xsks_map, std::max(sizes->sockets, 1u));
    bpf_map__set_autocreate(object->maps.xsks_map, sizes->sockets > 0);
  }
  for (uint32_t map = 0; map < kMaps; map++) {
    if (!fds_[map]) continue;
    if (int error =
            bpf_map__reuse_fd(bpf_object__find_map_by_name(object->obj, kShapes[map].name), fd(Map(map))))
      throw system_error("share the program's maps", -error);
  }
  load_object(object->obj, "make the BPF maps");
  for (uint32_t map = 0; map < kMaps; map++) {
    int made = bpf_map__fd(bpf_object__find_map_by_name(object->obj, kShapes[map].name));
    if (!fds_[map] && made >= 0) fds_[map] = UniqueFd(dup(made));
  }
}

// New ones: one for each CPU, up to QT_TAP_BUFFERS of them. Few CPUs have larger ones: a drain thread that
// waits for a core loses nothing for so long.
void BpfMaps::make_tap_buffers() {
  uint32_t count = std::clamp(libbpf_num_possible_cpus(), 1, int{QT_TAP_BUFFERS});
  uint32_t size = 2 * count <= QT_TAP_BUFFERS ? 2 * QT_TAP_BYTES : QT_TAP_BYTES;
  for (uint32_t i = 0; i < count; i++) {
    tap_buffers_.emplace_back(bpf_map_create(BPF_MAP_TYPE_RINGBUF, "tap_buffer", 0, 0, size, nullptr));
    if (!tap_buffers_.back()) throw system_error("make a tap buffer", errno);
  }
  for (uint32_t key = 0; key < QT_TAP_BUFFERS; key++) {
    int buffer = tap_buffers_[key % count].get();
    if (bpf_map_update_elem(fd(kTapBuffers), &key, &buffer, BPF_ANY))
      throw system_error("give a tap buffer to the programs", errno);
  }
}

// Those that are there.
void BpfMaps::find_tap_buffers() {
  std::set<uint32_t> ids;
  for (uint32_t key = 0; key < QT_TAP_BUFFERS; key++) {
    uint32_t id;
    if (bpf_map_lookup_elem(fd(kTapBuffers), &key, &id) == 0) ids.insert(id);
  }
  for (uint32_t id : ids) {
    tap_buffers_.emplace_back(bpf_map_get_fd_by_id(id));
    if (!tap_buffers_.back()) throw system_error("open the program's tap buffer", errno);
  }
}

uint32_t BpfMaps::rx_queues() const { return map_entries(xsks_map()) / constants_.slots; }

void BpfMaps::finish_setup(bool writes_routes) {
  for (Map map : {kCidCounter, kBackendCounter, kUnreadPorts, kPathCounter, kCounters, kEgressCounters})
    hold_read_only(fd(map));
  // The configuration stays mapped.
  for (Map map : {kXsksMap, kCpuBudget, kTapBuffers, kConfig}) fds_[map].reset();
  if (!writes_routes) fds_[kCidBackendMap].reset();
}

// Under the number it has: others know it by that. The kernel gives a second descriptor only to CAP_SYS_ADMIN;
// without it the first one stays.
void hold_read_only(int map) {
  bpf_map_info info = {};
  uint32_t size = sizeof(info);
  if (bpf_obj_get_info_by_fd(map, &info, &size)) throw system_error("look at a BPF map", errno);
  LIBBPF_OPTS(bpf_get_fd_by_id_opts, options, .open_flags = BPF_F_RDONLY);
  UniqueFd read_only(bpf_map_get_fd_by_id_opts(info.id, &options));
  if (read_only && dup3(read_only.get(), map, O_CLOEXEC) < 0)
    throw system_error("hold a BPF map read-only", errno);
}

void BpfMaps::lend_to(xdp_filter* object) const {
  bpf_map__set_autocreate(object->maps.tap_buffer, false);
  for (uint32_t map = 0; map < kMaps; map++) {
    bpf_map* borrower = bpf_object__find_map_by_name(object->obj, kShapes[map].name);
    int error =
        fds_[map] ? bpf_map__reuse_fd(borrower, fd(Map(map))) : bpf_map__set_autocreate(borrower, false);
    if (error) throw system_error("share the BPF maps", -error);
  }
}

UniqueFd load_program(const char* name, const BpfMaps& maps, const std::string& what) {
  Object object = open_object(what);
  bpf_program* program = bpf_object__find_program_by_name(object->obj, name);
  bpf_program__set_autoload(program, true);
  maps.lend_to(object.get());
  constants_of(object->obj) = maps.constants();
  if (maps.constants().has_frags && bpf_program__type(program) == BPF_PROG_TYPE_XDP)
    bpf_program__set_flags(program, bpf_program__flags(program) | kHasFrags);
  load_object(object->obj, what);
  // The maps live as long as the program does.
  return UniqueFd(dup(bpf_program__fd(program)));
}
