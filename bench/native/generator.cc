// Sends QUIC-like frames out of a veth at a chosen rate, by BPF_PROG_TEST_RUN with live frames: more than two
// million a second from one core. Prints one JSON line with what it sent of each kind, and stops by itself.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <getopt.h>
#include <ifaddrs.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <sched.h>
#include <sys/time.h>
#include <unistd.h>

#include <climits>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include "generator_abi.h"
// After it: the skeleton uses its struct.
#include "generator.skel.h"
#include "template_frame.h"

namespace {

constexpr const char* kUsage =
    "generator --interface IF [options]\n"
    "  --rate N            frames a second (0, the default: as fast as it goes)\n"
    "  --duration SECONDS  (10)\n"
    "  --size BYTES        of the whole frame (1200)\n"
    "  --dcids N           different DCIDs (1000)\n"
    "  --backends N        that CIDv1 DCIDs name (64)\n"
    "  --other-share X     of long headers that are not CIDv1 (0)\n"
    "  --short-share X     of short headers (0)\n"
    "  --foreign-share X   of another UDP port (0)\n"
    "  --port N            (4433)\n"
    "  --ipv6\n"
    "  --numbered          a frame carries its number, and all of it is a function of that\n"
    "  --discard           make the frames and send none: what the generator itself costs\n"
    "  --cpu N             the core to run on\n";

struct Options {
  std::string interface;
  double rate = 0;
  double duration = 10;
  size_t size = 1200;
  uint32_t dcids = 1000;
  uint32_t backends = 64;
  double other_share = 0;
  double short_share = 0;
  double foreign_share = 0;
  uint16_t port = 4433;
  bool ipv6 = false;
  bool numbered = false;
  bool discard = false;
  int cpu = -1;
};

[[noreturn]] void Fail(const std::string& what, int error) {
  std::fprintf(stderr, "generator: %s failed: %s\n", what.c_str(), std::strerror(error));
  std::exit(1);
}

[[noreturn]] void Usage(const char* problem) {
  std::fprintf(stderr, "generator: %s\n%s", problem, kUsage);
  std::exit(2);
}

double NumberArgument(double least, double most) {
  char* end = nullptr;
  const double value = std::strtod(optarg, &end);
  if (end == optarg || *end != '\0' || !(value >= least && value <= most)) {
    Usage((std::string("not a number in range: ") + optarg).c_str());
  }
  return value;
}

Options ReadOptions(int argc, char** argv) {
  enum {
    kInterface,
    kRate,
    kDuration,
    kSize,
    kDcids,
    kBackends,
    kOther,
    kShort,
    kForeign,
    kPort,
    kIpv6,
    kNumbered,
    kDiscard,
    kCpu,
    kHelp
  };
  const option table[] = {
      {"interface", required_argument, nullptr, kInterface},
      {"rate", required_argument, nullptr, kRate},
      {"duration", required_argument, nullptr, kDuration},
      {"size", required_argument, nullptr, kSize},
      {"dcids", required_argument, nullptr, kDcids},
      {"backends", required_argument, nullptr, kBackends},
      {"other-share", required_argument, nullptr, kOther},
      {"short-share", required_argument, nullptr, kShort},
      {"foreign-share", required_argument, nullptr, kForeign},
      {"port", required_argument, nullptr, kPort},
      {"ipv6", no_argument, nullptr, kIpv6},
      {"numbered", no_argument, nullptr, kNumbered},
      {"discard", no_argument, nullptr, kDiscard},
      {"cpu", required_argument, nullptr, kCpu},
      {"help", no_argument, nullptr, kHelp},
      {},
  };
  Options options;
  for (int choice; (choice = getopt_long(argc, argv, "", table, nullptr)) != -1;) {
    switch (choice) {
      case kInterface:
        options.interface = optarg;
        break;
      case kRate:
        options.rate = NumberArgument(0, 1e9);
        break;
      case kDuration:
        options.duration = NumberArgument(0.001, 86400);
        break;
      case kSize:
        options.size = static_cast<size_t>(NumberArgument(64, 1514));
        break;
      case kDcids:
        options.dcids = static_cast<uint32_t>(NumberArgument(1, UINT32_MAX));
        break;
      case kBackends:
        options.backends = static_cast<uint32_t>(NumberArgument(1, 65536));
        break;
      case kOther:
        options.other_share = NumberArgument(0, 1);
        break;
      case kShort:
        options.short_share = NumberArgument(0, 1);
        break;
      case kForeign:
        options.foreign_share = NumberArgument(0, 1);
        break;
      case kPort:
        options.port = static_cast<uint16_t>(NumberArgument(1, 65535));
        break;
      case kIpv6:
        options.ipv6 = true;
        break;
      case kNumbered:
        options.numbered = true;
        break;
      case kDiscard:
        options.discard = true;
        break;
      case kCpu:
        options.cpu = static_cast<int>(NumberArgument(0, CPU_SETSIZE - 1));
        break;
      case kHelp:
        std::fputs(kUsage, stdout);
        std::exit(0);
      default:
        Usage("unknown option");
    }
  }
  if (options.interface.empty() || optind != argc) Usage("an interface is needed");
  if (options.other_share + options.short_share + options.foreign_share > 1) Usage("the shares exceed 1");
  if (options.size < LeastFrame(options.ipv6, options.numbered)) Usage("the size does not hold the headers");
  return options;
}

gen_config MakeConfig(const Options& options, uint32_t ifindex, uint32_t udp_offset) {
  gen_config config{};
  config.ifindex = ifindex;
  config.udp_offset = udp_offset;
  config.port = options.port;
  config.foreign_port = static_cast<uint16_t>(options.port == 1 ? 2 : options.port - 1);
  config.discard = options.discard;
  config.numbered = options.numbered;
  config.dcids = options.dcids;
  config.backends = options.backends;
  SetShares(&config, options.other_share, options.short_share, options.foreign_share);
  config.interval = options.rate > 0 ? static_cast<uint64_t>(1e12 / options.rate) : 0;
  return config;
}

// What the kernel says about the interface. From a veth, `tx_packets` are frames that its peer received.
rtnl_link_stats ReadStats(const std::string& interface) {
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) Fail("read the interface's counters", errno);
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner(list, freeifaddrs);
  rtnl_link_stats stats{};
  for (const ifaddrs* entry = list; entry; entry = entry->ifa_next) {
    const bool link = entry->ifa_addr && entry->ifa_addr->sa_family == AF_PACKET;
    if (link && interface == entry->ifa_name) std::memcpy(&stats, entry->ifa_data, sizeof(stats));
  }
  return stats;
}

double Now(clockid_t clock = CLOCK_MONOTONIC) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

volatile std::sig_atomic_t stopped = 0;

// The signal itself ends the running test run (EINTR). One that came just before it started would not: ring
// again.
void Stop(int) {
  stopped = 1;
  alarm(1);
}

void StopBySignalOrAfter(double seconds) {
  struct sigaction action {};
  action.sa_handler = Stop;  // no SA_RESTART
  for (const int signal : {SIGINT, SIGTERM, SIGALRM}) sigaction(signal, &action, nullptr);
  double whole = 0;
  const double rest = std::modf(seconds, &whole);
  itimerval timer{};
  timer.it_value.tv_sec = static_cast<time_t>(whole);
  timer.it_value.tv_usec = static_cast<suseconds_t>(rest * 1e6);
  setitimer(ITIMER_REAL, &timer, nullptr);
}

void SendUntilStopped(int program, TemplateFrame& frame, uint32_t ifindex) {
  xdp_md context{};
  context.data_end = static_cast<uint32_t>(frame.bytes.size());
  context.ingress_ifindex = ifindex;
  LIBBPF_OPTS(bpf_test_run_opts, run);
  run.data_in = frame.bytes.data();
  run.data_size_in = context.data_end;
  run.ctx_in = &context;
  run.ctx_size_in = sizeof(context);
  run.repeat = INT_MAX;
  run.flags = BPF_F_TEST_XDP_LIVE_FRAMES;
  run.batch_size = 64;  // a veth's ring takes 256
  while (!stopped) {
    const int error = bpf_prog_test_run_opts(program, &run);
    if (error != 0 && error != -EINTR) Fail("send live frames", -error);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = ReadOptions(argc, argv);
  const uint32_t ifindex = if_nametoindex(options.interface.c_str());
  if (ifindex == 0) Fail("find interface " + options.interface, errno);
  if (options.cpu >= 0) {
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET(options.cpu, &cpus);
    if (sched_setaffinity(0, sizeof(cpus), &cpus) != 0)
      Fail("choose core " + std::to_string(options.cpu), errno);
  }

  TemplateFrame frame = MakeTemplateFrame(options.size, options.ipv6, options.numbered);
  const std::unique_ptr<generator, decltype(&generator::destroy)> skeleton(generator::open(),
                                                                           generator::destroy);
  if (!skeleton) Fail("open the BPF object", errno);
  skeleton->rodata->config = MakeConfig(options, ifindex, frame.udp_offset);
  if (const int error = generator::load(skeleton.get())) Fail("load the BPF object", -error);

  const rtnl_link_stats before = ReadStats(options.interface);
  const double start = Now();
  const double used = Now(CLOCK_THREAD_CPUTIME_ID);
  StopBySignalOrAfter(options.duration);
  SendUntilStopped(bpf_program__fd(skeleton->progs.generate), frame, ifindex);
  const double seconds = Now() - start;
  // With what the kernel does for the receiver on this core, in interrupts of this thread.
  const double cpu_seconds = Now(CLOCK_THREAD_CPUTIME_ID) - used;
  const rtnl_link_stats after = ReadStats(options.interface);

  const auto& sent = skeleton->bss->sent;
  const uint64_t offered = sent[GEN_CIDV1] + sent[GEN_OTHER] + sent[GEN_SHORT] + sent[GEN_FOREIGN];
  const uint32_t delivered = after.tx_packets - before.tx_packets;  // also counts other senders' frames
  const uint32_t dropped = after.tx_dropped - before.tx_dropped;
  if (!options.discard && offered > uint64_t{delivered} + dropped) {
    std::fprintf(stderr,
                 "generator: %llu frames did not arrive; the peer of %s needs an XDP program, or: ethtool -K "
                 "PEER gro on\n",
                 static_cast<unsigned long long>(offered - delivered - dropped), options.interface.c_str());
    return 1;
  }
  std::printf(
      "{\"seconds\":%.6f,\"sent\":%llu,\"rate\":%.0f,\"cidv1\":%llu,\"other\":%llu,\"short\":%llu,\"foreign\":%"
      "llu,"
      "\"delivered\":%u,\"dropped\":%u,\"waited\":%llu,\"cpu_seconds\":%.6f}\n",
      seconds, static_cast<unsigned long long>(offered), static_cast<double>(offered) / seconds,
      sent[GEN_CIDV1], sent[GEN_OTHER], sent[GEN_SHORT], sent[GEN_FOREIGN], delivered, dropped,
      skeleton->bss->waited, cpu_seconds);
  return 0;
}
