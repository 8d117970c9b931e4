// The FILL ring with a kernel in its place that lags: it takes frames some time before it says so.
#pragma once

#include <napi.h>

#include <vector>

#include "session/fill_ring.h"

namespace harness {

// FillRing(frames): all frames, numbered from 0, are free and not yet given to the kernel.
class FillRingUnderTest : public Napi::ObjectWrap<FillRingUnderTest> {
 public:
  static Napi::Function Constructor(Napi::Env env);
  explicit FillRingUnderTest(const Napi::CallbackInfo& info);

 private:
  void GiveBack(const Napi::CallbackInfo& info);        // giveBack([frame, ...])
  Napi::Value Take(const Napi::CallbackInfo& info);     // take(most): the frames that the kernel takes
  void Publish(const Napi::CallbackInfo& info);         // the kernel says what it has taken
  Napi::Value Waiting(const Napi::CallbackInfo& info);  // how many frames found no place

  FillRing fill_;
  std::vector<__u64> places_;
  __u32 producer_ = 0, consumer_ = 0, flags_ = 0;
  __u32 taken_ = 0;  // where the kernel stands; consumer_ is what it has said
};

}  // namespace harness
