// frame_checker.node: FrameChecker for JavaScript.
#include <napi.h>

#include <memory>

#include "frame_checker.h"

namespace {

class JsFrameChecker : public Napi::ObjectWrap<JsFrameChecker> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(
        env, "FrameChecker",
        {InstanceMethod<&JsFrameChecker::Check>("check"), InstanceMethod<&JsFrameChecker::Expect>("expect"),
         InstanceMethod<&JsFrameChecker::Start>("start"), InstanceMethod<&JsFrameChecker::Stop>("stop")});
  }

  explicit JsFrameChecker(const Napi::CallbackInfo& info) : Napi::ObjectWrap<JsFrameChecker>(info) {
    auto memory = info[0].As<Napi::Uint8Array>();
    const auto options = info[1].As<Napi::Object>();
    const auto number = [&](const char* name) { return options.Get(name).As<Napi::Number>().DoubleValue(); };
    SentFrames sent;
    sent.size = static_cast<size_t>(number("size"));
    sent.dcids = static_cast<uint32_t>(number("dcids"));
    sent.backends = static_cast<uint32_t>(number("backends"));
    sent.other_share = number("otherShare");
    memory_ = Napi::Persistent(memory);
    checker_ = std::make_unique<FrameChecker>(memory.Data(), sent, static_cast<int>(number("flip")));
  }

 private:
  void Check(const Napi::CallbackInfo&) { checker_->Check(); }
  Napi::Value Expect(const Napi::CallbackInfo& info) {
    const auto& frame = checker_->Expect(static_cast<uint64_t>(info[0].As<Napi::Number>().Int64Value()));
    return Napi::Buffer<uint8_t>::Copy(info.Env(), frame.data(), frame.size());
  }
  void Start(const Napi::CallbackInfo&) { checker_->Start(); }

  // What was found so far, with what is left to be compared.
  Napi::Value Stop(const Napi::CallbackInfo& info) {
    checker_->Stop();
    const CheckResult& result = checker_->result();
    auto object = Napi::Object::New(info.Env());
    object.Set("recorded", static_cast<double>(result.recorded));
    object.Set("checked", static_cast<double>(result.checked));
    object.Set("overwritten", static_cast<double>(result.overwritten));
    object.Set("wrong", static_cast<double>(result.wrong));
    object.Set("repeated", static_cast<double>(result.repeated));
    object.Set("beyond", static_cast<double>(result.beyond));
    object.Set("first", result.first);
    return object;
  }

  // Destroyed last to first: the thread ends before the memory that it reads may go.
  Napi::Reference<Napi::Uint8Array> memory_;
  std::unique_ptr<FrameChecker> checker_;
};

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  exports.Set("FrameChecker", JsFrameChecker::Define(env));
  return exports;
}

}  // namespace

NODE_API_MODULE(frame_checker, Init)
