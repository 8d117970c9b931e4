#include "program.h"

#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "bpf/bpf_load.h"
#include "convert.h"
#include "quic.h"
#include "verifier_log.h"

namespace harness {

namespace {

[[noreturn]] void Fail(Napi::Env env, const std::string& what, int error) {
  throw Napi::Error::New(env, what + " failed: " + std::strerror(error));
}

uint32_t Number(const Napi::Object& options, const char* name, uint32_t fallback) {
  const auto value = options.Get(name);
  return value.IsUndefined() ? fallback : value.ToNumber().Uint32Value();
}

// Calls visit(key, value) for each entry of a hash map keyed by CID.
template <typename Value, typename Visit>
void ForEachCid(const bpf_map* map, Visit visit) {
  const int fd = bpf_map__fd(map);
  qt_cid key{};
  for (void* previous = nullptr; bpf_map_get_next_key(fd, previous, &key) == 0; previous = &key) {
    Value value{};
    if (bpf_map_lookup_elem(fd, &key, &value) == 0) visit(key, value);
  }
}

// Calls visit(key, sum) for each entry of a hash map that each CPU has its own value of: a struct of __u64s.
template <typename Key, typename Value, typename Visit>
void ForEachSum(const bpf_map* map, Visit visit) {
  const int fd = bpf_map__fd(map);
  Key key{};
  for (void* previous = nullptr; bpf_map_get_next_key(fd, previous, &key) == 0; previous = &key) {
    std::vector<Value> values(libbpf_num_possible_cpus());
    if (bpf_map_lookup_elem(fd, &key, values.data()) != 0) continue;
    std::array<__u64, sizeof(Value) / sizeof(__u64)> sums{};
    const auto* numbers = reinterpret_cast<const __u64*>(values.data());
    for (size_t i = 0; i < values.size() * sums.size(); i++) sums[i % sums.size()] += numbers[i];
    Value sum;
    std::memcpy(&sum, sums.data(), sizeof(sum));
    visit(key, sum);
  }
}

Napi::Value Big(Napi::Env env, uint64_t value) { return Napi::BigInt::New(env, value); }

}  // namespace

Napi::Function Program::Constructor(Napi::Env env) {
  return DefineClass(env, "Program",
                     {
                         InstanceMethod<&Program::Run>("run"),
                         InstanceMethod<&Program::RunSkb>("runSkb"),
                         InstanceMethod<&Program::Configure>("configure"),
                         InstanceMethod<&Program::AddSocket>("addSocket"),
                         InstanceMethod<&Program::RemoveSocket>("removeSocket"),
                         InstanceMethod<&Program::CidCounts>("cidCounts"),
                         InstanceMethod<&Program::CidBackends>("cidBackends"),
                         InstanceMethod<&Program::BackendCounts>("backendCounts"),
                         InstanceMethod<&Program::UnreadPorts>("unreadPorts"),
                         InstanceMethod<&Program::PathCounts>("pathCounts"),
                         InstanceMethod<&Program::ForgetCids>("forgetCids"),
                         InstanceMethod<&Program::Tap>("tap"),
                         InstanceMethod<&Program::Close>("close"),
                         InstanceAccessor<&Program::Verified>("verified"),
                     });
}

Program::Program(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  const auto env = info.Env();
  const auto options = info[0].IsObject() ? info[0].As<Napi::Object>() : Napi::Object::New(env);

  skeleton_.reset(xdp_filter::open());
  if (!skeleton_) Fail(env, "open the XDP object", errno);
  auto& constants = skeleton_->rodata->constants;
  constants.slots = Number(options, "slots", constants.slots);
  constants.max_frame = Number(options, "maxFrame", constants.max_frame);
  constants.tap_size = Number(options, "tapSize", constants.tap_size);
  constants.tap_other_size = Number(options, "tapOtherSize", constants.tap_other_size);
  constants.link_type = Number(options, "linkType", constants.link_type);
  adapt_to_kernel(constants);
  if (const auto layouts = options.Get("cidLayouts"); layouts.IsTypedArray()) {
    const auto bytes = layouts.As<Napi::Uint8Array>();
    std::memset(constants.cid_layouts, 0, sizeof(constants.cid_layouts));
    std::memcpy(constants.cid_layouts, bytes.Data(),
                std::min(bytes.ByteLength(), sizeof(constants.cid_layouts)));
  }
  const auto copies_itself = options.Get("copiesItself");
  if (copies_itself.IsBoolean() && copies_itself.As<Napi::Boolean>()) constants.has_xdp_load_bytes = 0;
  const auto& maps = skeleton_->maps;
  bpf_map__set_max_entries(maps.xsks_map, Number(options, "xsksEntries", bpf_map__max_entries(maps.xsks_map)));
  bpf_map__set_max_entries(maps.tap_buffer, Number(options, "tapBytes", bpf_map__max_entries(maps.tap_buffer)));

  const auto& programs = skeleton_->progs;
  for (bpf_program* program :
       {programs.xdp_filter, programs.quic_socket, programs.quic_egress, programs.quic_ingress}) {
    bpf_program__set_autoload(program, true);
    auto& log = verifier_logs_[bpf_program__name(program)];
    log.resize(verifier_log::kSize);
    bpf_program__set_log_level(program, verifier_log::kStatistics);
    bpf_program__set_log_buf(program, log.data(), log.size());
  }
  if (const int error = xdp_filter::load(skeleton_.get())) Fail(env, "load the XDP object", -error);
  ApplyConfig(options);

  const auto collect = [](void* self, void* data, size_t) {
    auto& drained = *static_cast<Program*>(self)->drained_;
    const auto* header = static_cast<const qt_tap_header*>(data);
    auto record = Napi::Object::New(drained.Env());
    record.Set("metadata", MetadataToJs(drained.Env(), header->metadata));
    record.Set("length", header->length);
    record.Set("bytes", BytesToJs(drained.Env(), header + 1, header->captured));
    drained.Set(drained.Length(), record);
    return 0;
  };
  tap_.reset(ring_buffer__new(bpf_map__fd(maps.tap_buffer), collect, this, nullptr));
  if (!tap_) Fail(env, "open the tap ring buffer", errno);
}

Program::~Program() { CloseSockets(); }

void Program::CloseSockets() {
  for (const auto& entry : sockets_) close(entry.second);
  sockets_.clear();
}

void Program::Close(const Napi::CallbackInfo&) {
  CloseSockets();
  tap_.reset();
  skeleton_.reset();
}

int Program::ProgramFd() const { return bpf_program__fd(skeleton_->progs.xdp_filter); }

// .data.config is mapped into this process: the running program sees the change at once.
void Program::ApplyConfig(const Napi::Object& options) {
  qt_config& config = skeleton_->data_config->config;
  config.mode = Number(options, "mode", config.mode);
  // Test runs come from the loopback device, the first of every namespace, unless run() is told another.
  config.ifindex = Number(options, "interface", config.ifindex == 0 ? 1 : config.ifindex);
  // Somebody drains for as long as the test runs, unless it says when somebody did.
  const auto heartbeat = options.Get("heartbeat");
  config.heartbeat = heartbeat.IsUndefined() ? INT64_MAX : heartbeat.ToNumber().Int64Value();
  config.budget_interval = Number(options, "budgetInterval", config.budget_interval);
  const auto ports = options.Get("ports");
  if (!ports.IsUndefined()) WatchPorts(ports, &config);
  config.short_mode = Number(options, "short", config.short_mode);
  config.sample = Number(options, "sample", config.sample);
  config.divert_short = Number(options, "divertShort", config.divert_short);
  const auto lengths = options.Get("serverLengths");
  if (lengths.IsArray()) SetServerLengths(lengths.As<Napi::Array>());
}

// Each is { server, lengths }: struct qt_endpoint, and what are the CIDs' lengths there. All others are
// forgotten.
void Program::SetServerLengths(const Napi::Array& servers) {
  qt_config& config = skeleton_->data_config->config;
  std::memset(config.servers, 0, sizeof(config.servers));
  for (uint32_t i = 0; i < servers.Length(); i++) {
    const auto server = servers.Get(i).As<Napi::Object>();
    const auto lengths = server.Get("lengths").As<Napi::Array>();
    qt_server known{};
    std::memcpy(&known.endpoint, server.Get("server").As<Napi::Uint8Array>().Data(), sizeof(known.endpoint));
    for (uint32_t at = 0; at < lengths.Length() && at < QT_SERVER_LENGTHS; at++)
      known.cids.lengths[at] = static_cast<uint8_t>(lengths.Get(at).ToNumber().Uint32Value());
    known.cids.varies = lengths.Length() > 1;
    config.servers[qt_mark_of(&known.endpoint) % QT_SERVERS] = known;
  }
}

void Program::Configure(const Napi::CallbackInfo& info) { ApplyConfig(info[0].As<Napi::Object>()); }

// A socket that is not bound is enough: a test run asks where a frame would go and does not send it there.
void Program::AddSocket(const Napi::CallbackInfo& info) {
  const uint32_t slot = info[0].ToNumber();
  const int fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
  if (fd < 0) Fail(info.Env(), "open an AF_XDP socket", errno);
  if (bpf_map_update_elem(bpf_map__fd(skeleton_->maps.xsks_map), &slot, &fd, BPF_NOEXIST) != 0) {
    const int error = errno;
    close(fd);
    Fail(info.Env(), "register an AF_XDP socket", error);
  }
  sockets_[slot] = fd;
}

void Program::RemoveSocket(const Napi::CallbackInfo& info) {
  const auto entry = sockets_.find(info[0].ToNumber().Uint32Value());
  if (entry == sockets_.end()) Fail(info.Env(), "remove an AF_XDP socket", ENOENT);
  // Deleted by hand: the kernel's own removal on close is another test's business.
  bpf_map_delete_elem(bpf_map__fd(skeleton_->maps.xsks_map), &entry->first);
  close(entry->second);
  sockets_.erase(entry);
}

Program::Counters Program::ReadCounters(const bpf_map* map) const {
  const int fd = bpf_map__fd(map);
  std::vector<qt_count> per_cpu(libbpf_num_possible_cpus());
  Counters sums{};
  for (uint32_t key = 0; key < QT_COUNTERS; key++) {
    if (bpf_map_lookup_elem(fd, &key, per_cpu.data()) != 0) Fail(Env(), "read the counters", errno);
    for (const auto& count : per_cpu) {
      sums[key].packets += count.packets;
      sums[key].bytes += count.bytes;
    }
  }
  return sums;
}

Napi::Object Program::Moved(const bpf_map* map, const Counters& before) const {
  const Counters after = ReadCounters(map);
  auto moved = Napi::Object::New(Env());
  for (uint32_t key = 0; key < QT_COUNTERS; key++) {
    const qt_count delta{after[key].packets - before[key].packets, after[key].bytes - before[key].bytes};
    if (delta.packets != 0 || delta.bytes != 0) moved.Set(CounterName(key), CountToJs(Env(), delta));
  }
  return moved;
}

// runSkb(program, frame, { interface, gsoSize }): what the program of that name returned, which is given an
// skb, and the counters that moved.
Napi::Value Program::RunSkb(const Napi::CallbackInfo& info) {
  const auto env = info.Env();
  const std::string name = info[0].As<Napi::String>();
  const auto frame = info[1].As<Napi::Uint8Array>();
  const auto how = info[2].IsObject() ? info[2].As<Napi::Object>() : Napi::Object::New(env);
  __sk_buff context{};
  context.ifindex = Number(how, "interface", 0);
  context.gso_size = Number(how, "gsoSize", 0);
  // A test run takes an Ethernet header off what it gives to a socket filter; a packet socket does not.
  std::vector<uint8_t> data(name == "quic_socket" ? QT_ETH_HEADER : 0);
  data.insert(data.end(), frame.Data(), frame.Data() + frame.ByteLength());
  LIBBPF_OPTS(bpf_test_run_opts, options);
  options.data_in = data.data();
  options.data_size_in = static_cast<uint32_t>(data.size());
  options.ctx_in = &context;
  options.ctx_size_in = sizeof(context);

  const bpf_map* map = name == "quic_egress" ? skeleton_->maps.egress_counters : skeleton_->maps.counters;
  const Counters before = ReadCounters(map);
  const int fd = bpf_program__fd(bpf_object__find_program_by_name(skeleton_->obj, name.c_str()));
  if (const int error = bpf_prog_test_run_opts(fd, &options)) Fail(env, "run " + name, -error);
  auto result = Napi::Object::New(env);
  result.Set("verdict", static_cast<int32_t>(options.retval));
  result.Set("counters", Moved(map, before));
  return result;
}

// run(frame, { interface, rxQueue }): the XDP action, the counters that moved, and the metadata written in
// front.
Napi::Value Program::Run(const Napi::CallbackInfo& info) {
  const auto env = info.Env();
  const auto frame = info[0].As<Napi::Uint8Array>();
  const auto where = info[1].IsObject() ? info[1].As<Napi::Object>() : Napi::Object::New(env);
  const auto length = static_cast<uint32_t>(frame.ByteLength());

  xdp_md context{};
  context.data_end = length;
  context.ingress_ifindex = Number(where, "interface", 0);
  context.rx_queue_index = Number(where, "rxQueue", 0);
  xdp_md context_out{};
  std::vector<uint8_t> out(length + sizeof(qt_metadata));

  LIBBPF_OPTS(bpf_test_run_opts, options);
  options.data_in = frame.Data();
  options.data_size_in = length;
  options.data_out = out.data();
  options.data_size_out = static_cast<uint32_t>(out.size());
  options.ctx_in = &context;
  options.ctx_size_in = sizeof(context);
  options.ctx_out = &context_out;
  options.ctx_size_out = sizeof(context_out);

  const Counters before = ReadCounters(skeleton_->maps.counters);
  if (const int error = bpf_prog_test_run_opts(ProgramFd(), &options)) Fail(env, "run the XDP program", -error);
  auto result = Napi::Object::New(env);
  result.Set("verdict", options.retval);
  result.Set("counters", Moved(skeleton_->maps.counters, before));
  result.Set("metadata", env.Null());
  // The bytes given back start at data_meta, so `data` says how much metadata stands before the frame.
  if (context_out.data == sizeof(qt_metadata)) {
    qt_metadata metadata;
    std::memcpy(&metadata, out.data(), sizeof(metadata));
    result.Set("metadata", MetadataToJs(env, metadata));
  }
  result.Set("frame", BytesToJs(env, out.data() + context_out.data, context_out.data_end - context_out.data));
  return result;
}

Napi::Value Program::CidCounts(const Napi::CallbackInfo& info) {
  const auto env = info.Env();
  auto rows = Napi::Array::New(env);
  ForEachCid<qt_cid_count>(skeleton_->maps.cid_counter, [&](const qt_cid& cid, const qt_cid_count& count) {
    auto row = CidToJs(env, cid);
    row.Set("packets", static_cast<double>(count.packets));
    row.Set("byteCount", static_cast<double>(count.bytes));
    row.Set("firstSeen", Big(env, count.first_seen));
    row.Set("lastSeen", Big(env, count.last_seen));
    row.Set("shortPackets", static_cast<double>(count.short_packets));
    row.Set("ectPackets", static_cast<double>(count.ect_packets));
    row.Set("cePackets", static_cast<double>(count.ce_packets));
    rows.Set(rows.Length(), row);
  });
  return rows;
}

Napi::Value Program::CidBackends(const Napi::CallbackInfo& info) {
  const auto env = info.Env();
  auto rows = Napi::Array::New(env);
  ForEachCid<qt_cid_backend>(skeleton_->maps.cid_backend_map,
                             [&](const qt_cid& cid, const qt_cid_backend& route) {
                               auto row = CidToJs(env, cid);
                               row.Set("backend", route.backend_id);
                               row.Set("queue", route.queue);
                               rows.Set(rows.Length(), row);
                             });
  return rows;
}

Napi::Value Program::BackendCounts(const Napi::CallbackInfo& info) {
  const auto env = info.Env();
  auto rows = Napi::Array::New(env);
  ForEachSum<qt_backend, qt_backend_count>(skeleton_->maps.backend_counter,
                                           [&](const qt_backend& backend, const qt_backend_count& count) {
                                             auto row = Napi::Object::New(env);
                                             row.Set("serverId", Big(env, backend.server_id));
                                             row.Set("layout", backend.layout);
                                             row.Set("packets", static_cast<double>(count.packets));
                                             row.Set("byteCount", static_cast<double>(count.bytes));
                                             row.Set("shortPackets", static_cast<double>(count.short_packets));
                                             row.Set("shortBytes", static_cast<double>(count.short_bytes));
                                             rows.Set(rows.Length(), row);
                                           });
  return rows;
}

Napi::Value Program::UnreadPorts(const Napi::CallbackInfo& info) {
  auto ports = Napi::Object::New(info.Env());
  ForEachSum<uint32_t, qt_count>(skeleton_->maps.unread_ports, [&](uint32_t port, const qt_count& count) {
    ports.Set(port, static_cast<double>(count.packets));
  });
  return ports;
}

void Program::Empty(const bpf_map* map) {
  const int fd = bpf_map__fd(map);
  std::array<uint8_t, sizeof(qt_path)> key{};  // of the longest
  while (bpf_map_get_next_key(fd, nullptr, key.data()) == 0) bpf_map_delete_elem(fd, key.data());
}

// Empties the maps, so that tests can share a program: the verifier takes its time for each load.
void Program::ForgetCids(const Napi::CallbackInfo&) {
  const auto& maps = skeleton_->maps;
  for (const bpf_map* map :
       {maps.cid_counter, maps.cid_backend_map, maps.backend_counter, maps.unread_ports, maps.path_counter})
    Empty(map);
}

Napi::Value Program::PathCounts(const Napi::CallbackInfo& info) {
  const auto env = info.Env();
  auto rows = Napi::Array::New(env);
  const int fd = bpf_map__fd(skeleton_->maps.path_counter);
  qt_path key{};
  for (void* previous = nullptr; bpf_map_get_next_key(fd, previous, &key) == 0; previous = &key) {
    qt_path_count count{};
    if (bpf_map_lookup_elem(fd, &key, &count) != 0) continue;
    auto row = Napi::Object::New(env);
    row.Set("clientPort", key.client.port);
    row.Set("serverPort", key.server.port);
    row.Set("client", BytesToJs(env, key.client.address, sizeof(key.client.address)));
    row.Set("server", BytesToJs(env, key.server.address, sizeof(key.server.address)));
    row.Set("packets", static_cast<double>(count.packets));
    row.Set("byteCount", static_cast<double>(count.bytes));
    row.Set("ectPackets", static_cast<double>(count.ect_packets));
    row.Set("cePackets", static_cast<double>(count.ce_packets));
    row.Set("clientCid", CidToJs(env, count.client_cid));
    rows.Set(rows.Length(), row);
  }
  return rows;
}

// Takes every record out of the tap ring buffer.
Napi::Value Program::Tap(const Napi::CallbackInfo& info) {
  auto records = Napi::Array::New(info.Env());
  drained_ = &records;
  const int count = ring_buffer__consume(tap_.get());
  drained_ = nullptr;
  if (count < 0) Fail(info.Env(), "read the tap ring buffer", -count);
  return records;
}

// How many instructions the verifier walked for each program, and how many bytes of stack it found in use.
Napi::Value Program::Verified(const Napi::CallbackInfo& info) {
  auto result = Napi::Object::New(info.Env());
  const auto& programs = skeleton_->progs;
  for (const bpf_program* program :
       {programs.xdp_filter, programs.quic_socket, programs.quic_egress, programs.quic_ingress}) {
    const char* log = verifier_logs_[bpf_program__name(program)].data();
    const auto instructions = verifier_log::instructions(log), stack = verifier_log::stack(log);
    if (!instructions || !stack) Fail(info.Env(), "read the verifier's statistics", ENODATA);
    auto numbers = Napi::Object::New(info.Env());
    numbers.Set("instructions", *instructions);
    numbers.Set("stack", *stack);
    bpf_prog_info info{};
    uint32_t size = sizeof(info);
    if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size) != 0)
      Fail(Env(), "ask for the size", errno);
    numbers.Set("size", info.xlated_prog_len);
    result.Set(bpf_program__name(program), numbers);
  }
  return result;
}

}  // namespace harness
