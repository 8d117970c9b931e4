#include "load_object.h"

#include <bpf/libbpf.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>

#include "bpf/bpf_load.h"
#include "util/capture_error.h"

namespace harness {

Napi::Value LoadObject(const Napi::CallbackInfo& info) {
  const auto env = info.Env();
  const std::string path = info[0].As<Napi::String>();
  std::unique_ptr<bpf_object, decltype(&bpf_object__close)> object(bpf_object__open_file(path.c_str(), nullptr),
                                                                   bpf_object__close);
  if (!object) throw Napi::Error::New(env, "open " + path + " failed: " + std::strerror(errno));
  libbpf_set_print(nullptr);
  try {
    load_object(object.get(), "load the test program");
    return env.Null();
  } catch (const CaptureError& error) {
    auto failure = Napi::Object::New(env);
    failure.Set("code", error.code());
    failure.Set("message", error.what());
    failure.Set("hint", error.hint());
    return failure;
  }
}

}  // namespace harness
