// The tests' native module: registration only.
#include <napi.h>
#include <sched.h>

#include <cerrno>
#include <cstring>

#include "classify.h"
#include "convert.h"
#include "fill_ring.h"
#include "hijack.h"
#include "load_object.h"
#include "outgoing.h"
#include "program.h"

namespace {

// Moves this thread, and the commands it starts from now on, into a new network namespace that ends with them:
// what a test adds there cannot be left behind.
void EnterPrivateNetwork(const Napi::CallbackInfo& info) {
  if (unshare(CLONE_NEWNET) != 0) {
    throw Napi::Error::New(info.Env(), std::string("unshare failed: ") + std::strerror(errno));
  }
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  exports.Set("constants", harness::Constants(env));
  exports.Set("classify", Napi::Function::New(env, harness::Classify));
  exports.Set("enterPrivateNetwork", Napi::Function::New(env, EnterPrivateNetwork));
  exports.Set("loadObject", Napi::Function::New(env, harness::LoadObject));
  exports.Set("sendSegments", Napi::Function::New(env, harness::SendSegments));
  exports.Set("pushVlan", Napi::Function::New(env, harness::PushVlan));
  exports.Set("endChain", Napi::Function::New(env, harness::EndChain));
  exports.Set("closeLink", Napi::Function::New(env, harness::CloseLink));
  exports.Set("countTcPrograms", Napi::Function::New(env, harness::CountTcPrograms));
  exports.Set("systemCallIn", Napi::Function::New(env, harness::SystemCallIn));
  exports.Set("FillRing", harness::FillRingUnderTest::Constructor(env));
  exports.Set("Program", harness::Program::Constructor(env));
  return exports;
}

}  // namespace

NODE_API_MODULE(harness, Init)
