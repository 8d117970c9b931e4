#include "js/js_initial.h"

#include <cstring>
#include <optional>

#include "js/js_error.h"
#include "quic.h"
#include "quic/hello_streams.h"
#include "quic/initial_protection.h"
#include "quic/ja4.h"

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
  return Napi::Number::New(info.Env(), qt_packet_type_of(version, static_cast<uint8_t>(first)));
}

// One character for each byte.
napi_value to_latin1(Napi::Env env, Bytes bytes) {
  napi_value text;
  napi_create_string_latin1(env, reinterpret_cast<const char*>(bytes.data), bytes.size, &text);
  return text;
}

// HelloTexts of src/core/native/addon.ts.
Napi::Value to_value(Napi::Env env, const ClientHello& hello) {
  auto object = Napi::Object::New(env);
  object.Set("sni", hello.sni ? to_latin1(env, *hello.sni) : env.Null());
  napi_value alpn = env.Null();
  if (hello.alpn) {
    auto names = Napi::Array::New(env, hello.alpn->size());
    for (uint32_t i = 0; i < hello.alpn->size(); i++) names.Set(i, to_latin1(env, (*hello.alpn)[i]));
    alpn = names;
  }
  object.Set("alpn", alpn);
  object.Set("alpnMore", Napi::Number::New(env, static_cast<double>(hello.alpn_more)));
  object.Set("ja4", Napi::String::New(env, ja4(hello)));
  object.Set("ech", Napi::Boolean::New(env, hello.ech));
  return object;
}

class JsHelloReader : public Napi::ObjectWrap<JsHelloReader> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(
        env, "HelloReader",
        {InstanceMethod<&JsHelloReader::begin>("begin"), InstanceMethod<&JsHelloReader::read>("read"),
         InstanceMethod<&JsHelloReader::hello>("hello")});
  }

  explicit JsHelloReader(const Napi::CallbackInfo& info)
      : Napi::ObjectWrap<JsHelloReader>(info), streams_(info[0].As<Napi::Number>().Uint32Value()) {}

 private:
  void begin(const Napi::CallbackInfo& info) {
    guard(info.Env(), [&] { streams_.begin(info[0].As<Napi::Number>().Uint32Value()); });
  }

  Napi::Value read(const Napi::CallbackInfo& info) {
    return guard(info.Env(), [&] {
      int32_t place = info[0].As<Napi::Number>();
      Bytes opened = to_bytes(info[1]);
      uint32_t from = info[2].As<Napi::Number>(), to = info[3].As<Napi::Number>();
      if (from > to || to > opened.size) throw std::out_of_range("HelloReader.read: too few bytes");
      uint32_t issues = 0;
      read_crypto_frames({opened.data + from, to - from}, &frames_, &issues);
      hello_.reset();
      if (place >= 0) hello_ = streams_.push(static_cast<uint32_t>(place), frames_, &issues);
      return Napi::Number::New(info.Env(), issues);
    });
  }

  Napi::Value hello(const Napi::CallbackInfo& info) {
    return hello_ ? to_value(info.Env(), *hello_) : info.Env().Null();
  }

  HelloStreams streams_;
  std::vector<CryptoFrame> frames_;
  std::optional<ClientHello> hello_;  // that the last packet completed
};

}  // namespace

void define_initials(Napi::Env env, Napi::Object exports) {
  exports.Set("initialKeys", Napi::Function::New(env, js_initial_keys));
  exports.Set("openInitial", Napi::Function::New(env, js_open_initial));
  exports.Set("HelloReader", JsHelloReader::define(env));
  exports.Set("packetType", Napi::Function::New(env, js_packet_type));
}
