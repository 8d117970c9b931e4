#include "bpf/bpf_load.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <sys/utsname.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "util/capture_error.h"
#include "util/mapping.h"
#include "util/unique_fd.h"

namespace {

// The most that Linux 5.10 takes for a log (16 MiB). Before 6.4 the verifier says ENOSPC in place of its own
// error when the log does not fit. Only what it writes becomes memory.
constexpr size_t kLogSize = (1 << 24) - 1;
constexpr size_t kDebugLines = 40;
// How the last line of a log begins when the verifier has counted its work.
constexpr char kStatistics[] = "processed ";

template <bpf_map_type kType>
bool has_map_type() {
  return libbpf_probe_bpf_map_type(kType, nullptr) > 0;
}

// The configuration and the counters are maps that user space has in its memory.
bool has_mmapable_arrays() {
  LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_MMAPABLE);
  return UniqueFd(bpf_map_create(BPF_MAP_TYPE_ARRAY, nullptr, sizeof(uint32_t), sizeof(uint32_t), 1, &options))
             .get() >= 0;
}

bool has_bounded_loops() {
  const bpf_insn count_to_ten[] = {
      {BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0},
      {BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_0, 0, 0, 1},
      {BPF_JMP | BPF_JNE | BPF_K, BPF_REG_0, 0, -2, 10},
      {BPF_JMP | BPF_EXIT, 0, 0, 0, 0},
  };
  return UniqueFd(bpf_prog_load(BPF_PROG_TYPE_XDP, nullptr, "GPL", count_to_ten,
                                sizeof(count_to_ten) / sizeof(*count_to_ten), nullptr))
             .get() >= 0;
}

// What the programs cannot do without.
struct KernelFeature {
  const char* name;
  const char* since;  // the release of Linux that brought it
  bool (*is_there)();
};
constexpr KernelFeature kNeeded[] = {
    {"hash maps that forget the least recently used (LRU)", "4.10", has_map_type<BPF_MAP_TYPE_LRU_HASH>},
    {"maps of AF_XDP sockets (CONFIG_XDP_SOCKETS)", "4.18", has_map_type<BPF_MAP_TYPE_XSKMAP>},
    {"loops in BPF programs", "5.3", has_bounded_loops},
    {"BPF arrays that can be mapped into memory", "5.5", has_mmapable_arrays},
    {"the BPF ring buffer", "5.8", has_map_type<BPF_MAP_TYPE_RINGBUF>},
};

std::string kernel_release() {
  utsname name = {};
  uname(&name);
  return name.release;
}

std::string hint_for(const bpf_program* refused, const std::string& log) {
  for (const KernelFeature& feature : kNeeded) {
    if (!feature.is_there()) {
      return "this kernel, " + kernel_release() + ", lacks " + feature.name + ", which came with Linux " +
             feature.since;
    }
  }
  if (!refused) return "";
  return "the verifier of this kernel, " + kernel_release() + ", refuses the program " +
         bpf_program__name(refused) + " (" + last_lines(log, 1) +
         "); that is a defect: please report it with the output of QUIC_TOP_DEBUG=1";
}

}  // namespace

qt_constants& constants_of(const bpf_object* object) {
  const bpf_map* map;
  bpf_object__for_each_map(map, object) {
    size_t size = 0;
    const void* value = bpf_map__initial_value(const_cast<bpf_map*>(map), &size);
    const char* dot = strrchr(bpf_map__name(map), '.');  // the object's name stands before
    if (value && size == sizeof(qt_constants) && dot && strcmp(dot, ".rodata") == 0)
      return *static_cast<qt_constants*>(const_cast<void*>(value));
  }
  throw CaptureError("XDP_FOREIGN", "the BPF object has no constants of ours", "build it again: npm run build");
}

bool has_xdp_frags() {
  return libbpf_probe_bpf_helper(BPF_PROG_TYPE_XDP, BPF_FUNC_xdp_load_bytes, nullptr) > 0;
}

void adapt_to_kernel(qt_constants& constants) { constants.has_xdp_load_bytes = has_xdp_frags(); }

int try_load(bpf_object* object, const bpf_program** refused, std::string* log) {
  Mapping buffer("the verifier's log", kLogSize, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE);
  char* text = reinterpret_cast<char*>(buffer.get());
  bpf_program* program;
  // One log for all: they are loaded one after the other, and libbpf asks for a log only when one is refused.
  bpf_object__for_each_program(program, object) bpf_program__set_log_buf(program, text, kLogSize);
  int error = -bpf_object__load(object);
  *refused = nullptr;
  if (error && *text) {
    log->assign(text, strnlen(text, kLogSize));
    bpf_object__for_each_program(program, object) {
      if (!*refused && bpf_program__autoload(program) && bpf_program__fd(program) < 0) *refused = program;
    }
  }
  bpf_object__for_each_program(program, object) bpf_program__set_log_buf(program, nullptr, 0);
  return error;
}

void load_object(bpf_object* object, const std::string& what) {
  adapt_to_kernel(constants_of(object));
  const bpf_program* refused;
  std::string log;
  int error = try_load(object, &refused, &log);
  if (!error) return;
  if (refused && getenv("QUIC_TOP_DEBUG"))
    fprintf(stderr, "%s: %s\n", bpf_program__name(refused), last_lines(log, kDebugLines).c_str());
  // These speak for themselves.
  bool plain = error == EPERM || error == ENOSYS || error == ENOMEM;
  std::string hint = plain ? "" : hint_for(refused, log);
  throw hint.empty() ? system_error(what, error) : system_error(what, error, hint);
}

std::string last_lines(const std::string& log, size_t count) {
  std::string lines;
  size_t end = log.find_last_not_of('\n') + 1;
  while (end > 0 && count > 0) {
    size_t start = log.rfind('\n', end - 1);
    start = start == std::string::npos ? 0 : start + 1;
    std::string line = log.substr(start, end - start);
    if (line.compare(0, strlen(kStatistics), kStatistics) != 0) {
      lines = lines.empty() ? line : line + "\n" + lines;
      count--;
    }
    end = start > 0 ? start - 1 : 0;
  }
  return lines;
}
