#include "fill_ring.h"

#include <algorithm>

namespace harness {

Napi::Function FillRingUnderTest::Constructor(Napi::Env env) {
  return DefineClass(
      env, "FillRing",
      {InstanceMethod<&FillRingUnderTest::GiveBack>("giveBack"),
       InstanceMethod<&FillRingUnderTest::Take>("take"), InstanceMethod<&FillRingUnderTest::Publish>("publish"),
       InstanceAccessor<&FillRingUnderTest::Waiting>("waiting")});
}

FillRingUnderTest::FillRingUnderTest(const Napi::CallbackInfo& info)
    : ObjectWrap(info),
      fill_(info[0].ToNumber().Uint32Value()),
      places_(FillRing::kPlaces * info[0].ToNumber().Uint32Value()) {
  // As xsk_umem__create leaves it.
  xsk_ring_prod* ring = fill_.ring();
  ring->size = places_.size();
  ring->mask = ring->size - 1;
  ring->cached_cons = ring->size;
  ring->producer = &producer_;
  ring->consumer = &consumer_;
  ring->flags = &flags_;
  ring->ring = places_.data();
}

void FillRingUnderTest::GiveBack(const Napi::CallbackInfo& info) {
  auto frames = info[0].As<Napi::Array>();
  for (uint32_t i = 0; i < frames.Length(); i++) fill_.add(frames.Get(i).ToNumber().Uint32Value());
  fill_.submit();
}

Napi::Value FillRingUnderTest::Take(const Napi::CallbackInfo& info) {
  uint32_t count = std::min<uint32_t>(info[0].ToNumber(), producer_ - taken_);
  auto frames = Napi::Array::New(info.Env(), count);
  for (uint32_t i = 0; i < count; i++)
    frames.Set(i, static_cast<double>(places_[taken_++ & (places_.size() - 1)]));
  return frames;
}

void FillRingUnderTest::Publish(const Napi::CallbackInfo&) { consumer_ = taken_; }

Napi::Value FillRingUnderTest::Waiting(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), fill_.waiting());
}

}  // namespace harness
