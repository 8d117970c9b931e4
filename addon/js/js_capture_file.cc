#include "js/js_capture_file.h"

#include <algorithm>
#include <memory>
#include <string>

#include "file/capture_file.h"
#include "js/js_error.h"

namespace {

// Reads a part of a file on another thread. It holds the file, which may be closed meanwhile.
class ReadAhead : public Napi::AsyncWorker {
 public:
  ReadAhead(Napi::Env env, std::shared_ptr<CaptureFile> file, Napi::Uint8Array memory, uint32_t most,
            uint64_t unread)
      : Napi::AsyncWorker(env),
        promise_(Napi::Promise::Deferred::New(env)),
        memory_(Napi::Persistent(memory)),
        file_(std::move(file)),
        most_(most),
        unread_(unread) {}

  Napi::Promise promise() const { return promise_.Promise(); }

  void Execute() override { more_ = file_->read(most_, unread_); }
  void OnOK() override { promise_.Resolve(Napi::Boolean::New(Env(), more_)); }
  void OnError(const Napi::Error& error) override { promise_.Reject(error.Value()); }

 private:
  Napi::Promise::Deferred promise_;
  Napi::Reference<Napi::Uint8Array> memory_;  // of the recorder that is written
  std::shared_ptr<CaptureFile> file_;
  uint32_t most_;
  uint64_t unread_;
  bool more_ = false;
};

class JsCaptureFile : public Napi::ObjectWrap<JsCaptureFile> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(
        env, "CaptureFile",
        {InstanceAccessor<&JsCaptureFile::warning>("warning"), InstanceMethod<&JsCaptureFile::begin>("begin"),
         InstanceMethod<&JsCaptureFile::read>("read"), InstanceMethod<&JsCaptureFile::read_ahead>("readAhead"),
         InstanceMethod<&JsCaptureFile::counters>("counters"), InstanceMethod<&JsCaptureFile::close>("close")});
  }

  explicit JsCaptureFile(const Napi::CallbackInfo& info) : Napi::ObjectWrap<JsCaptureFile>(info) {
    guard(info.Env(), [&] {
      auto options = info[0].As<Napi::Object>();
      memory_ = Napi::Persistent(info[1].As<Napi::Uint8Array>());
      file_ = std::make_shared<CaptureFile>(bytes_of(options.Get("path")), to_ports(options.Get("ports")),
                                            to_cid_schemes(options));
    });
  }

 private:
  template <typename F>
  auto with_file(const Napi::CallbackInfo& info, F call) {
    return guard(info.Env(), [&] {
      if (!file_) throw CaptureError("CLOSED", "the capture file is closed", "open it again");
      return call(*file_);
    });
  }

  Napi::Value begin(const Napi::CallbackInfo& info) {
    return with_file(info, [&](CaptureFile& file) {
      Napi::Uint8Array memory = memory_.Value();
      return Napi::Boolean::New(info.Env(), file.begin(memory.Data(), memory.ByteLength()));
    });
  }
  Napi::Value read(const Napi::CallbackInfo& info) {
    return with_file(info, [&](CaptureFile& file) {
      uint64_t unread = static_cast<uint64_t>(info[1].As<Napi::Number>().Int64Value());
      return Napi::Boolean::New(info.Env(), file.read(info[0].As<Napi::Number>().Uint32Value(), unread));
    });
  }
  Napi::Value read_ahead(const Napi::CallbackInfo& info) {
    return with_file(info, [&](CaptureFile&) -> Napi::Value {
      auto* worker = new ReadAhead(info.Env(), file_, memory_.Value(), info[0].As<Napi::Number>().Uint32Value(),
                                   static_cast<uint64_t>(info[1].As<Napi::Number>().Int64Value()));
      worker->Queue();  // which deletes it in the end
      return worker->promise();
    });
  }
  void counters(const Napi::CallbackInfo& info) {
    with_file(info, [&](CaptureFile& file) {
      auto kernel = info[0].As<Napi::Float64Array>();
      const auto& counters = file.counters();
      for (size_t i = 0; i < std::min(counters.size(), kernel.ElementLength()); i++) kernel[i] = counters[i];
    });
  }
  Napi::Value warning(const Napi::CallbackInfo& info) {
    return with_file(info, [&](CaptureFile& file) -> Napi::Value {
      if (file.warning().empty()) return info.Env().Null();
      return text_of(info.Env(), file.warning());
    });
  }
  void close(const Napi::CallbackInfo&) {
    file_.reset();
    memory_.Reset();
  }

  Napi::Reference<Napi::Uint8Array> memory_;
  std::shared_ptr<CaptureFile> file_;
};

}  // namespace

Napi::Function define_capture_file(Napi::Env env) { return JsCaptureFile::define(env); }
