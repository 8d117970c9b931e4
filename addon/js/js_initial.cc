#include "js/js_initial.h"

#include <cstring>

#include "quic/initial_protection.h"
#include "quic/quic_datagram.h"

namespace {

Bytes to_bytes(const Napi::Value& value) {
  auto array = value.As<Napi::Uint8Array>();
  return {array.Data(), array.ByteLength()};
}

Napi::Value js_initial_keys(const Napi::CallbackInfo& info) {
  Side side = info[3].As<Napi::Boolean>() ? Side::kServer : Side::kClient;
  InitialKeys keys =
      derive_initial_keys(to_bytes(info[0]), info[1].As<Napi::String>(), to_bytes(info[2]), side);
  auto bytes = Napi::Uint8Array::New(info.Env(), sizeof(keys));
  memcpy(bytes.Data(), &keys, sizeof(keys));
  return bytes;
}

Napi::Value js_open_initial(const Napi::CallbackInfo& info) {
  Bytes key_bytes = to_bytes(info[0]), packet = to_bytes(info[1]);
  auto out = info[4].As<Napi::Uint8Array>();
  InitialKeys keys;
  if (key_bytes.size != sizeof(keys) || out.ByteLength() < packet.size)
    throw Napi::RangeError::New(info.Env(), "openInitial: too few bytes of keys or of room");
  memcpy(&keys, key_bytes.data, sizeof(keys));
  // Offsets past the packet are found too large there; negative ones become such.
  size_t offset = info[2].As<Napi::Number>().Uint32Value();
  int64_t largest = info[3].As<Napi::Number>().Int64Value();
  return Napi::Number::New(info.Env(), open_initial(keys, packet, offset, largest, out.Data()));
}

Napi::Value js_packet_type(const Napi::CallbackInfo& info) {
  uint32_t version = info[0].As<Napi::Number>(), first = info[1].As<Napi::Number>();
  return Napi::Number::New(info.Env(), packet_type(version, static_cast<uint8_t>(first)));
}

}  // namespace

void define_initials(Napi::Env env, Napi::Object exports) {
  exports.Set("initialKeys", Napi::Function::New(env, js_initial_keys));
  exports.Set("openInitial", Napi::Function::New(env, js_open_initial));
  exports.Set("packetType", Napi::Function::New(env, js_packet_type));
}
