// The real BPF object, loaded but attached to nothing: frames go through its programs by BPF_PROG_TEST_RUN.
#pragma once

#include <napi.h>

#include <array>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "quic_top_abi.h"
#include "xdp_filter.skel.h"

namespace harness {

class Program : public Napi::ObjectWrap<Program> {
 public:
  static Napi::Function Constructor(Napi::Env env);

  // new Program({ mode, ports, slots, maxFrame, linkType, xsksEntries, tapBytes, copiesItself, cidLayouts,
  // short, sample, divertShort, serverLengths });
  // what is absent stays as compiled.
  explicit Program(const Napi::CallbackInfo& info);
  ~Program() override;

 private:
  using Counters = std::array<qt_count, QT_COUNTERS>;

  Napi::Value Run(const Napi::CallbackInfo& info);
  Napi::Value RunSkb(const Napi::CallbackInfo& info);
  void Configure(const Napi::CallbackInfo& info);
  void AddSocket(const Napi::CallbackInfo& info);
  void RemoveSocket(const Napi::CallbackInfo& info);
  Napi::Value CidCounts(const Napi::CallbackInfo& info);
  Napi::Value CidBackends(const Napi::CallbackInfo& info);
  Napi::Value BackendCounts(const Napi::CallbackInfo& info);
  Napi::Value UnreadPorts(const Napi::CallbackInfo& info);
  Napi::Value PathCounts(const Napi::CallbackInfo& info);
  void ForgetCids(const Napi::CallbackInfo& info);
  Napi::Value Tap(const Napi::CallbackInfo& info);
  Napi::Value Verified(const Napi::CallbackInfo& info);
  void Close(const Napi::CallbackInfo& info);

  void ApplyConfig(const Napi::Object& options);
  void SetServerLengths(const Napi::Array& servers);
  static void Empty(const bpf_map* map);
  void CloseSockets();
  int ProgramFd() const;
  Counters ReadCounters(const bpf_map* map) const;
  Napi::Object Moved(const bpf_map* map, const Counters& before) const;

  struct Destroy {
    void operator()(xdp_filter* skeleton) const { xdp_filter::destroy(skeleton); }
    void operator()(ring_buffer* ring) const { ring_buffer__free(ring); }
  };
  // The ring's memory belongs to a map of the skeleton: destroyed first, so declared last.
  std::unique_ptr<xdp_filter, Destroy> skeleton_;
  std::unique_ptr<ring_buffer, Destroy> tap_;
  std::map<uint32_t, int> sockets_;                         // slot -> descriptor
  std::map<std::string, std::vector<char>> verifier_logs_;  // by program
  Napi::Array* drained_ = nullptr;                          // where Tap() collects, while it runs
};

}  // namespace harness
