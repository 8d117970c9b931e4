// Times quic-top's XDP program in mode divert by BPF_PROG_TEST_RUN, with a socket in every slot. Each line of
// stdin is a frame: a name, where in it the DCID's last four bytes are (0: leave them), how many DCIDs, the
// frame in hex. LAYOUTS, in hex, are by what DCIDs are read (struct qt_cid_layout); without, CIDv1. Prints one
// JSON line for each round: nanoseconds by name, `empty` is a program that only passes.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "quic.h"
#include "vary.skel.h"
#include "xdp_filter.skel.h"

namespace {

constexpr int kRepeat = 500'000;

struct FrameToTime {
  std::string name;
  uint32_t dcid_offset;
  uint32_t dcids;
  std::vector<uint8_t> bytes;
};

[[noreturn]] void Fail(const std::string& what, int error) {
  std::fprintf(stderr, "program_timer: %s failed: %s\n", what.c_str(), std::strerror(error));
  std::exit(1);
}

std::vector<uint8_t> FromHex(const std::string& digits) {
  std::vector<uint8_t> bytes;
  for (size_t i = 0; i + 1 < digits.size(); i += 2)
    bytes.push_back(static_cast<uint8_t>(std::stoul(digits.substr(i, 2), nullptr, 16)));
  return bytes;
}

double Nanoseconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

// By the thread's own clock: the kernel's answer is in whole nanoseconds, and others may be running too.
double TimeOf(int program, std::vector<uint8_t>& frame) {
  LIBBPF_OPTS(bpf_test_run_opts, run);
  xdp_md context{};
  context.data_end = static_cast<uint32_t>(frame.size());
  run.data_in = frame.data();
  run.data_size_in = context.data_end;
  run.ctx_in = &context;
  run.ctx_size_in = sizeof(context);
  run.repeat = kRepeat;
  const double start = Nanoseconds();
  if (const int error = bpf_prog_test_run_opts(program, &run)) Fail("run the program", -error);
  const double time = (Nanoseconds() - start) / kRepeat;
  if (run.retval != XDP_PASS && run.retval != XDP_REDIRECT) Fail("time the program: it", EPROTO);
  return time;
}

void SetTimed(const vary* before, const bpf_program* program) {
  const uint32_t key = 0;
  const int descriptor = bpf_program__fd(program);
  if (bpf_map_update_elem(bpf_map__fd(before->maps.timed), &key, &descriptor, BPF_ANY) != 0)
    Fail("choose the program to time", errno);
}

// What quic-top loads: the same sizes, and sockets, which need not be bound for a test run.
xdp_filter* LoadProgram(const std::vector<uint8_t>& layouts) {
  xdp_filter* skeleton = xdp_filter::open();
  if (!skeleton) Fail("open the XDP program", errno);
  skeleton->rodata->constants.slots = QT_QUEUES;
  auto& configured = skeleton->rodata->constants.cid_layouts;
  if (!layouts.empty()) {
    std::memset(configured, 0, sizeof(configured));
    std::memcpy(configured, layouts.data(), std::min(layouts.size(), sizeof(configured)));
  }
  bpf_map__set_max_entries(skeleton->maps.cid_counter, 65536);
  if (const int error = xdp_filter::load(skeleton)) Fail("load the XDP program", -error);
  skeleton->data_config->config.mode = QT_MODE_DIVERT;
  skeleton->data_config->config.heartbeat = INT64_MAX;
  // That of the frames: 10.0.0.1:4433.
  const qt_endpoint server = {{10, 0, 0, 1}, QT_DEFAULT_PORT, 4, 0};
  skeleton->data_config->config.servers[qt_mark_of(&server) % QT_SERVERS] = {server, {{8}, 0}};
  skeleton->data_config->config.ifindex = 1;  // test runs come from the loopback device
  for (uint32_t slot = 0; slot < QT_QUEUES; slot++) {
    const int descriptor = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);  // until the process ends
    if (descriptor < 0) Fail("open an AF_XDP socket", errno);
    if (bpf_map_update_elem(bpf_map__fd(skeleton->maps.xsks_map), &slot, &descriptor, BPF_ANY) != 0)
      Fail("register a socket", errno);
  }
  return skeleton;
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 5;
  std::vector<FrameToTime> frames;
  FrameToTime frame;
  for (std::string digits; std::cin >> frame.name >> frame.dcid_offset >> frame.dcids >> digits;) {
    frame.bytes = FromHex(digits);
    frames.push_back(frame);
  }
  if (frames.empty()) {
    std::fputs("program_timer [ROUNDS [LAYOUTS]] < FRAMES\n", stderr);
    return 2;
  }

  const std::unique_ptr<xdp_filter, decltype(&xdp_filter::destroy)> program(
      LoadProgram(FromHex(argc > 2 ? argv[2] : "")), xdp_filter::destroy);
  const std::unique_ptr<vary, decltype(&vary::destroy)> before(vary::open_and_load(), vary::destroy);
  if (!before) Fail("load the program that varies the frames", errno);
  const int varied = bpf_program__fd(before->progs.vary);

  for (int round = 0; round < rounds; round++) {
    const double empty = TimeOf(bpf_program__fd(before->progs.empty), frames[0].bytes);
    std::printf("{\"empty\":%.3f", empty);
    for (FrameToTime& one : frames) {
      before->bss->offset = one.dcid_offset;
      before->data->dcids = one.dcids;
      SetTimed(before.get(), before->progs.empty);
      const double around = TimeOf(varied, one.bytes);
      SetTimed(before.get(), program->progs.xdp_filter);
      std::printf(",\"%s\":%.3f", one.name.c_str(), TimeOf(varied, one.bytes) - around + empty);
    }
    std::puts("}");
  }
  return 0;
}
