// The addon's Node-API surface: arguments in, results out, CaptureError to Error. No system call of its own.
#include <bpf/libbpf.h>
#include <napi.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cid.h"
#include "js/js_capture_file.h"
#include "js/js_cid.h"
#include "js/js_error.h"
#include "js/js_initial.h"
#include "js/js_packet_json.h"
#include "js/js_system.h"
#include "session/capture_session.h"

namespace {

// Throws a RangeError that names the option.
[[noreturn]] void refuse(const Napi::Value& value, const std::string& option, const std::string& expected) {
  std::string given = value.ToString();
  throw Napi::RangeError::New(value.Env(), "option " + option + ": " + given + " is none of " + expected);
}

qt_mode to_mode(const Napi::Value& value) {
  for (qt_mode mode : {QT_MODE_IDLE, QT_MODE_DIVERT, QT_MODE_TAP})
    if (value.StrictEquals(Napi::Number::New(value.Env(), mode))) return mode;
  refuse(value, "mode", "0 (idle), 1 (divert), 2 (tap)");
}

// One of `values`, by its name. Throws a RangeError.
template <typename T, size_t kCount>
T to_enum(const Napi::Value& value, const std::string& option,
          const std::pair<const char*, T> (&values)[kCount]) {
  std::string names;
  for (const auto& [name, each] : values) {
    if (value.StrictEquals(Napi::String::New(value.Env(), name))) return each;
    names += (names.empty() ? "" : ", ") + std::string(name);
  }
  refuse(value, option, names);
}

constexpr std::pair<const char*, Hook> kHooks[] = {
    {"socket", Hook::kSocket}, {"tc", Hook::kTc}, {"native", Hook::kXdpNative}, {"generic", Hook::kXdpGeneric}};
constexpr std::pair<const char*, Egress> kEgresses[] = {
    {"auto", Egress::kAuto}, {"socket", Egress::kSocket}, {"none", Egress::kNone}};

std::vector<uint32_t> to_numbers(const Napi::Value& value) {
  auto array = value.As<Napi::Array>();
  std::vector<uint32_t> numbers;
  for (uint32_t i = 0; i < array.Length(); i++)
    numbers.push_back(array.Get(i).As<Napi::Number>().Uint32Value());
  return numbers;
}

SessionOptions to_options(const Napi::Object& object) {
  SessionOptions options;
  options.interface = bytes_of(object.Get("interface"));
  options.mode = to_mode(object.Get("mode"));
  options.programs.hook = to_enum(object.Get("hook"), "hook", kHooks);
  options.programs.egress = to_enum(object.Get("egress"), "egress", kEgresses);
  options.ports = to_ports(object.Get("ports"));
  options.programs.cids = to_cid_schemes(object);
  options.programs.cid_table = object.Get("cidTable").As<Napi::Number>().Uint32Value();
  auto snaplen = object.Get("snaplen").As<Napi::Object>();
  options.programs.snaplen = {snaplen.Get("initials").As<Napi::Number>().Uint32Value(),
                              snaplen.Get("others").As<Napi::Number>().Uint32Value()};
  if (auto budget = object.Get("budget"); budget.IsNumber())
    options.budget = budget.As<Napi::Number>().Uint32Value();
  options.sockets = object.Get("sockets").As<Napi::Number>().Uint32Value();
  options.short_headers = {static_cast<qt_short_mode>(object.Get("short").As<Napi::Number>().Uint32Value()),
                           object.Get("sample").As<Napi::Number>().Uint32Value(),
                           object.Get("divertShort").As<Napi::Boolean>()};
  options.zero_copy = object.Get("zeroCopy").As<Napi::Boolean>();
  options.cpus = to_numbers(object.Get("cpus"));
  options.promiscuous = object.Get("promiscuous").As<Napi::Boolean>();
  return options;
}

// InterfaceSnapshot of src/core/native/addon.ts.
Napi::Value to_value(Napi::Env env, const std::optional<InterfaceSnapshot>& snapshot) {
  if (!snapshot) return env.Null();
  auto features = Napi::Array::New(env);
  for (const Feature& each : snapshot->features) {
    auto feature = Napi::Object::New(env);
    feature.Set("name", each.name);
    feature.Set("active", Napi::Boolean::New(env, each.active));
    feature.Set("requested", Napi::Boolean::New(env, each.requested));
    features.Set(features.Length(), feature);
  }
  auto object = Napi::Object::New(env);
  object.Set("name", text_of(env, snapshot->link.name));
  object.Set("program", snapshot->link.program);
  object.Set("mtu", snapshot->link.mtu);
  object.Set("promiscuity", snapshot->link.promiscuity);
  object.Set("carrier", Napi::Boolean::New(env, snapshot->link.carrier));
  object.Set("carrierChanges", snapshot->link.carrier_changes);
  object.Set("rxChannels", snapshot->channels.rx);
  object.Set("combinedChannels", snapshot->channels.combined);
  object.Set("features", features);
  return object;
}

// Opens a session on another thread, while JavaScript goes on. `constructor` makes a JsCaptureSession of it.
class OpenSession : public Napi::AsyncWorker {
 public:
  OpenSession(Napi::Function constructor, SessionOptions options, Napi::Uint8Array memory)
      : Napi::AsyncWorker(constructor.Env()),
        promise_(Napi::Promise::Deferred::New(constructor.Env())),
        constructor_(Napi::Persistent(constructor)),
        memory_(Napi::Persistent(memory)),
        data_(memory.Data()),
        size_(memory.ByteLength()),
        options_(std::move(options)) {}

  Napi::Promise promise() const { return promise_.Promise(); }

  void Execute() override {
    try {
      session_ = std::make_unique<CaptureSession>(options_, data_, size_);
    } catch (const CaptureError& error) {
      error_ = error;
    }
  }
  void OnOK() override {
    if (error_) return promise_.Reject(to_js(Env(), *error_).Value());
    promise_.Resolve(constructor_.New({Napi::External<OpenSession>::New(Env(), this), memory_.Value()}));
  }
  void OnError(const Napi::Error& error) override { promise_.Reject(error.Value()); }

  std::unique_ptr<CaptureSession> take() { return std::move(session_); }

 private:
  Napi::Promise::Deferred promise_;
  Napi::FunctionReference constructor_;
  Napi::Reference<Napi::Uint8Array> memory_;
  uint8_t* data_;
  size_t size_;
  SessionOptions options_;
  std::unique_ptr<CaptureSession> session_;
  std::optional<CaptureError> error_;
};

// The methods are those of NativeSession in src/core/native/addon.ts.
class JsCaptureSession : public Napi::ObjectWrap<JsCaptureSession> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "CaptureSession",
                       {StaticMethod<&JsCaptureSession::open>("open"),
                        InstanceAccessor<&JsCaptureSession::hook>("hook"),
                        InstanceAccessor<&JsCaptureSession::link_type>("linkType"),
                        InstanceAccessor<&JsCaptureSession::zero_copy>("zeroCopy"),
                        InstanceAccessor<&JsCaptureSession::rx_queues>("rxQueues"),
                        InstanceAccessor<&JsCaptureSession::socket_queues>("socketQueues"),
                        InstanceAccessor<&JsCaptureSession::program_id>("programId"),
                        InstanceAccessor<&JsCaptureSession::owns_program>("ownsProgram"),
                        InstanceAccessor<&JsCaptureSession::egress_missing>("egressMissing"),
                        InstanceAccessor<&JsCaptureSession::switched_off>("switchedOff"),
                        InstanceAccessor<&JsCaptureSession::restore_failure>("restoreFailure"),
                        InstanceAccessor<&JsCaptureSession::before_attach>("beforeAttach"),
                        InstanceAccessor<&JsCaptureSession::after_detach>("afterDetach"),
                        InstanceMethod<&JsCaptureSession::start>("start"),
                        InstanceMethod<&JsCaptureSession::counters>("counters"),
                        InstanceMethod<&JsCaptureSession::rx_queue_losses>("rxQueueLosses"),
                        InstanceMethod<&JsCaptureSession::cids>("cids"),
                        InstanceMethod<&JsCaptureSession::backends>("backends"),
                        InstanceMethod<&JsCaptureSession::look>("look"),
                        InstanceMethod<&JsCaptureSession::set_mode>("setMode"),
                        InstanceMethod<&JsCaptureSession::stop>("stop"),
                        InstanceMethod<&JsCaptureSession::close>("close")});
  }

  explicit JsCaptureSession(const Napi::CallbackInfo& info) : Napi::ObjectWrap<JsCaptureSession>(info) {
    guard(info.Env(), [&] {
      auto memory = info[1].As<Napi::Uint8Array>();
      memory_ = Napi::Persistent(memory);
      if (info[0].IsExternal())
        session_ = info[0].As<Napi::External<OpenSession>>().Data()->take();
      else
        session_ = std::make_unique<CaptureSession>(to_options(info[0].As<Napi::Object>()), memory.Data(),
                                                    memory.ByteLength());
    });
  }

 private:
  static Napi::Value open(const Napi::CallbackInfo& info) {
    return guard(info.Env(), [&]() -> Napi::Value {
      auto* worker = new OpenSession(info.This().As<Napi::Function>(), to_options(info[0].As<Napi::Object>()),
                                     info[1].As<Napi::Uint8Array>());
      worker->Queue();  // which deletes it in the end
      return worker->promise();
    });
  }

  template <typename F>
  auto with_session(const Napi::CallbackInfo& info, F call) {
    return guard(info.Env(), [&] {
      if (!session_) throw CaptureError("CLOSED", "the capture is closed", "open another one");
      return call(*session_);
    });
  }

  Napi::Value hook(const Napi::CallbackInfo& info) {
    return with_session(info, [&](CaptureSession& session) {
      for (const auto& [name, hook] : kHooks)
        if (hook == session.programs().hook()) return Napi::String::New(info.Env(), name);
      return Napi::String();
    });
  }
  Napi::Value link_type(const Napi::CallbackInfo& info) {
    return with_session(
        info, [&](CaptureSession& session) { return Napi::Number::New(info.Env(), session.link_type()); });
  }
  Napi::Value zero_copy(const Napi::CallbackInfo& info) {
    return with_session(info, [&](CaptureSession& session) {
      return Napi::Boolean::New(info.Env(), !session.sockets().empty() && session.sockets()[0]->zero_copy());
    });
  }
  Napi::Value rx_queues(const Napi::CallbackInfo& info) {
    return with_session(
        info, [&](CaptureSession& session) { return Napi::Number::New(info.Env(), session.rx_queues()); });
  }
  Napi::Value socket_queues(const Napi::CallbackInfo& info) {
    return with_session(
        info, [&](CaptureSession& session) { return Napi::Number::New(info.Env(), session.sockets().size()); });
  }
  Napi::Value program_id(const Napi::CallbackInfo& info) {
    return with_session(
        info, [&](CaptureSession& session) { return Napi::Number::New(info.Env(), session.programs().id()); });
  }
  Napi::Value owns_program(const Napi::CallbackInfo& info) {
    return with_session(info, [&](CaptureSession& session) {
      return Napi::Boolean::New(info.Env(), session.programs().owned());
    });
  }
  Napi::Value egress_missing(const Napi::CallbackInfo& info) {
    return with_session(info, [&](CaptureSession& session) {
      return text_of(info.Env(), session.programs().egress_missing());
    });
  }
  Napi::Value switched_off(const Napi::CallbackInfo& info) {
    return with_session(info, [&](CaptureSession& session) {
      auto names = Napi::Array::New(info.Env());
      for (const std::string& name : session.restorer().features()) names.Set(names.Length(), name);
      return names;
    });
  }
  Napi::Value restore_failure(const Napi::CallbackInfo& info) {
    return with_session(
        info, [&](CaptureSession& session) { return text_of(info.Env(), session.restorer().failure()); });
  }
  Napi::Value before_attach(const Napi::CallbackInfo& info) {
    return with_session(info,
                        [&](CaptureSession& session) { return to_value(info.Env(), session.before_attach()); });
  }
  Napi::Value after_detach(const Napi::CallbackInfo& info) {
    return with_session(info,
                        [&](CaptureSession& session) { return to_value(info.Env(), session.after_detach()); });
  }

  void start(const Napi::CallbackInfo& info) {
    with_session(info, [](CaptureSession& session) { session.start(); });
  }
  void counters(const Napi::CallbackInfo& info) {
    with_session(info, [&](CaptureSession& session) {
      auto kernel = info[0].As<Napi::Float64Array>();
      auto egress = info[1].As<Napi::Float64Array>();
      auto lost = info[2].As<Napi::Float64Array>();
      Counters arrived = session.counters(), left = session.egress_counters();
      auto losses = session.losses(arrived, left);
      for (size_t i = 0; i < std::min(arrived.size(), kernel.ElementLength()); i++)
        kernel[i] = arrived[i].packets;
      for (size_t i = 0; i < std::min(left.size(), egress.ElementLength()); i++) egress[i] = left[i].packets;
      for (size_t i = 0; i < std::min(losses.size(), lost.ElementLength()); i++) lost[i] = losses[i];
    });
  }
  void rx_queue_losses(const Napi::CallbackInfo& info) {
    with_session(info, [&](CaptureSession& session) {
      auto lost = info[0].As<Napi::Float64Array>();
      size_t i = 0;
      for (const auto& queue : session.sockets()) {
        SocketLosses losses = queue->losses();
        for (uint64_t value : {losses.rx_ring_full, losses.fill_ring_empty, losses.invalid_descriptor}) {
          if (i < lost.ElementLength()) lost[i++] = value;
        }
      }
    });
  }
  Napi::Value cids(const Napi::CallbackInfo& info) {
    return with_session(info, [&](CaptureSession& session) {
      auto rows = info[0].As<Napi::Uint8Array>();
      auto backends = info[1].As<Napi::Uint8Array>();
      CidTable::Sizes sizes = session.cids().top(
          reinterpret_cast<qt_cid_row*>(rows.Data()), rows.ByteLength() / sizeof(qt_cid_row),
          reinterpret_cast<qt_backend_cids*>(backends.Data()), backends.ByteLength() / sizeof(qt_backend_cids));
      auto object = Napi::Object::New(info.Env());
      object.Set("cids", sizes.cids);
      object.Set("backends", sizes.backends);
      return object;
    });
  }
  Napi::Value backends(const Napi::CallbackInfo& info) {
    return with_session(info, [&](CaptureSession& session) {
      auto rows = info[0].As<Napi::Uint8Array>();
      uint32_t filled = session.backends().read(reinterpret_cast<qt_backend_row*>(rows.Data()),
                                                rows.ByteLength() / sizeof(qt_backend_row));
      return Napi::Number::New(info.Env(), filled);
    });
  }
  Napi::Value look(const Napi::CallbackInfo& info) {
    return with_session(info, [&](CaptureSession& session) {
      Napi::Env env = info.Env();
      SessionState state = session.look();
      const char* presence[] = {"here", "deleted", "moved"};
      auto object = Napi::Object::New(env);
      object.Set("presence", presence[static_cast<int>(state.link.presence)]);
      object.Set("name", text_of(env, state.link.name));
      object.Set("up", Napi::Boolean::New(env, state.link.up));
      object.Set("wentDown", Napi::Boolean::New(env, state.link.went_down));
      object.Set("mtu", state.link.mtu);
      object.Set("rxQueues", state.link.rx_queues);
      object.Set("programAttached", Napi::Boolean::New(env, state.program_attached));
      object.Set("egressAttached", Napi::Boolean::New(env, state.egress_attached));
      object.Set("statistics",
                 state.link.statistics ? Napi::Value(to_value(env, *state.link.statistics)) : env.Null());
      return object;
    });
  }
  void set_mode(const Napi::CallbackInfo& info) {
    with_session(info, [&](CaptureSession& session) { session.set_mode(to_mode(info[0])); });
  }
  void stop(const Napi::CallbackInfo&) {
    if (session_) session_->stop();
  }
  void close(const Napi::CallbackInfo&) {
    session_.reset();
    memory_.Reset();
  }

  // Destroyed last to first: the session's threads end before the memory they write may go.
  Napi::Reference<Napi::Uint8Array> memory_;
  std::unique_ptr<CaptureSession> session_;
};

int print_for_debugging(libbpf_print_level, const char* format, va_list arguments) {
  return getenv("QUIC_TOP_DEBUG") ? vfprintf(stderr, format, arguments) : 0;
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  libbpf_set_print(print_for_debugging);
  exports.Set("abiVersion", Napi::Number::New(env, QT_ABI_VERSION));
  exports.Set("CaptureSession", JsCaptureSession::define(env));
  exports.Set("CaptureFile", define_capture_file(env));
  define_system(env, exports);
  define_cids(env, exports);
  define_initials(env, exports);
  define_packet_json(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(quic_top, init)
