#include "outgoing.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <linux/pkt_cls.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "bpf/bpf_info.h"
#include "bpf/tcx.h"
#include "push_vlan.skel.h"

namespace harness {

namespace {

constexpr int kUdpSegment = 103;  // UDP_SEGMENT of linux/udp.h

[[noreturn]] void Fail(Napi::Env env, const std::string& what, int error) {
  throw Napi::Error::New(env, what + " failed: " + std::strerror(error));
}

}  // namespace

void SendSegments(const Napi::CallbackInfo& info) {
  const std::string address = info[0].As<Napi::String>();
  const auto payload = info[2].As<Napi::Uint8Array>();
  const int size = info[3].As<Napi::Number>();
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<uint16_t>(info[1].As<Napi::Number>().Uint32Value()));
  inet_pton(AF_INET, address.c_str(), &to.sin_addr);
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const bool sent = setsockopt(fd, IPPROTO_UDP, kUdpSegment, &size, sizeof(size)) == 0 &&
                    sendto(fd, payload.Data(), payload.ByteLength(), 0, reinterpret_cast<sockaddr*>(&to),
                           sizeof(to)) == static_cast<ssize_t>(payload.ByteLength());
  const int error = errno;
  close(fd);
  if (!sent) Fail(info.Env(), "send segments", error);
}

Napi::Value PushVlan(const Napi::CallbackInfo& info) {
  const int ifindex = info[0].As<Napi::Number>();
  std::unique_ptr<push_vlan, decltype(&push_vlan::destroy)> object(push_vlan::open(), push_vlan::destroy);
  object->rodata->vlan_id = static_cast<uint16_t>(info[1].As<Napi::Number>().Uint32Value());
  if (const int error = push_vlan::load(object.get())) Fail(info.Env(), "load the program", -error);
  LIBBPF_OPTS(bpf_link_create_opts, options, .flags = kTcxBefore);
  const int link = bpf_link_create(bpf_program__fd(object->progs.push_vlan), ifindex, kTcxEgress, &options);
  if (link < 0) Fail(info.Env(), "attach the program", -link);
  return Napi::Number::New(info.Env(), link);
}

Napi::Value EndChain(const Napi::CallbackInfo& info) {
  const int ifindex = info[0].As<Napi::Number>(), verdict = info[1].As<Napi::Number>();
  const bpf_insn answer[] = {
      {BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, verdict},
      {BPF_JMP | BPF_EXIT, 0, 0, 0, 0},
  };
  const bpf_insn redirect[] = {
      {BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_1, 0, 0, ifindex},
      {BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_2, 0, 0, 0},
      {BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_redirect},
      {BPF_JMP | BPF_EXIT, 0, 0, 0, 0},
  };
  const bool redirects = verdict == TC_ACT_REDIRECT;
  const int program = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "end_chain", "GPL", redirects ? redirect : answer,
                                    redirects ? std::size(redirect) : std::size(answer), nullptr);
  if (program < 0) Fail(info.Env(), "load the program", -program);
  LIBBPF_OPTS(bpf_link_create_opts, options, .flags = kTcxBefore);
  const int link = bpf_link_create(program, ifindex, kTcxIngress, &options);
  close(program);
  if (link < 0) Fail(info.Env(), "attach the program", -link);
  return Napi::Number::New(info.Env(), link);
}

void CloseLink(const Napi::CallbackInfo& info) { close(info[0].As<Napi::Number>().Int32Value()); }

Napi::Value CountTcPrograms(const Napi::CallbackInfo& info) {
  const std::string name = info[0].As<Napi::String>();
  const std::string where =
      info[1].IsString() ? info[1].As<Napi::String>().Utf8Value() : "/proc/thread-self/ns/net";
  uint32_t counts[2] = {};
  int error = 0;
  const int ns = open(where.c_str(), O_RDONLY | O_CLOEXEC);
  if (ns < 0) Fail(info.Env(), "open " + where, errno);
  // A thread of its own: one that has entered another namespace stays there.
  std::thread([&] {
    const unsigned ifindex = setns(ns, CLONE_NEWNET) == 0 ? if_nametoindex(name.c_str()) : 0;
    error = ifindex == 0 ? errno : 0;
    for (int i = 0; i < 2 && error == 0; ++i) {
      std::vector<uint32_t> ids;
      error = tcx_programs(static_cast<int>(ifindex), i ? kTcxEgress : kTcxIngress, &ids);
      counts[i] = static_cast<uint32_t>(ids.size());
      // A kernel that does not know such programs (before Linux 6.6) has none.
      if (error == EINVAL) error = 0;
    }
  }).join();
  close(ns);
  if (error) Fail(info.Env(), "ask for tc programs of " + name, error);
  auto result = Napi::Array::New(info.Env());
  for (const uint32_t count : counts) result.Set(result.Length(), count);
  return result;
}

}  // namespace harness
