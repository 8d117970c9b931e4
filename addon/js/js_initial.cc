#include "js/js_initial.h"

#include <cstring>
#include <memory>

#include "js/js_error.h"
#include "quic.h"
#include "quic/guessed_initial.h"
#include "quic/initial_decoder.h"
#include "quic/ja4.h"

namespace {

Bytes to_bytes(const Napi::Value& value) {
  auto array = value.As<Napi::Uint8Array>();
  return {array.Data(), array.ByteLength()};
}

Napi::Value js_initial_keys(const Napi::CallbackInfo& info) {
  const VersionKeys* version = version_keys(info[0].As<Napi::Number>().Uint32Value());
  if (!version) return info.Env().Null();
  Side side = info[2].As<Napi::Boolean>() ? Side::kServer : Side::kClient;
  InitialKeys keys = derive_initial_keys(*version, to_bytes(info[1]), side);
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

// HelloValues of src/core/native/addon.ts: an array, since names of properties would cost more than the rest.
Napi::Value to_value(Napi::Env env, const ClientHello& hello) {
  auto values = Napi::Array::New(env, 5);
  values.Set(0u, hello.sni ? to_latin1(env, *hello.sni) : env.Null());
  napi_value alpn = env.Null();
  if (hello.alpn) {
    auto names = Napi::Array::New(env, hello.alpn->size());
    for (uint32_t i = 0; i < hello.alpn->size(); i++) names.Set(i, to_latin1(env, (*hello.alpn)[i]));
    alpn = names;
  }
  values.Set(1u, alpn);
  values.Set(2u, Napi::Number::New(env, static_cast<double>(hello.alpn_more)));
  std::string fingerprint = ja4(hello);
  values.Set(3u, to_latin1(env, {reinterpret_cast<const uint8_t*>(fingerprint.data()), fingerprint.size()}));
  values.Set(4u, Napi::Boolean::New(env, hello.ech));
  return values;
}

qt_record record_of(const Napi::Value& value) {
  Bytes bytes = to_bytes(value);
  qt_record record;
  if (bytes.size != sizeof(record)) throw Napi::RangeError::New(value.Env(), "not the bytes of a record");
  memcpy(&record, bytes.data, sizeof(record));
  return record;
}

Napi::Value js_initial_place(const Napi::CallbackInfo& info) {
  qt_record record = record_of(info[0]);
  Bytes packet = to_bytes(info[1]);
  uint16_t token_length = record.token_length;
  if (record.type == QT_TYPE_UNKNOWN) {
    auto guessed = guess_initial(packet, record.dcid_length, record.scid_length);
    if (!guessed) return info.Env().Null();
    packet.size = guessed->length;
    token_length = guessed->token_length;
  }
  auto place = Napi::Array::New(info.Env(), 2);
  size_t offset = packet_number_offset(packet, record.dcid_length, record.scid_length, token_length);
  place.Set(0u, Napi::Number::New(info.Env(), static_cast<double>(offset)));
  place.Set(1u, Napi::Number::New(info.Env(), static_cast<double>(packet.size)));
  return place;
}

class JsInitialDecoder : public Napi::ObjectWrap<JsInitialDecoder> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(
        env, "InitialDecoder",
        {InstanceMethod<&JsInitialDecoder::decode>("decode"), InstanceMethod<&JsInitialDecoder::hello>("hello"),
         InstanceAccessor<&JsInitialDecoder::connections_dropped>("connectionsDropped")});
  }

  explicit JsInitialDecoder(const Napi::CallbackInfo& info)
      : Napi::ObjectWrap<JsInitialDecoder>(info), decoder_(guard(info.Env(), [&] {
          return std::make_unique<InitialDecoder>(info[0].As<Napi::Number>().Uint32Value());
        })) {}

 private:
  Napi::Value decode(const Napi::CallbackInfo& info) {
    return guard(info.Env(), [&] {
      qt_record record = record_of(info[0]);
      Bytes frame = info[1].IsNull() ? Bytes{} : to_bytes(info[1]);
      auto opened = info[3].As<Napi::Uint8Array>();
      if (opened.ByteLength() != sizeof(qt_opened_initial))
        throw std::out_of_range("InitialDecoder.decode: no room for what is found");
      qt_initial_verdict verdict = decoder_->decode(record, frame, info[2].As<Napi::Boolean>());
      memcpy(opened.Data(), &decoder_->opened(), sizeof(qt_opened_initial));
      return Napi::Number::New(info.Env(), verdict);
    });
  }

  Napi::Value hello(const Napi::CallbackInfo& info) {
    return decoder_->hello() ? to_value(info.Env(), *decoder_->hello()) : info.Env().Null();
  }

  Napi::Value connections_dropped(const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), static_cast<double>(decoder_->connections_dropped()));
  }

  std::unique_ptr<InitialDecoder> decoder_;
};

}  // namespace

void define_initials(Napi::Env env, Napi::Object exports) {
  exports.Set("initialKeys", Napi::Function::New(env, js_initial_keys));
  exports.Set("openInitial", Napi::Function::New(env, js_open_initial));
  exports.Set("initialPlace", Napi::Function::New(env, js_initial_place));
  exports.Set("InitialDecoder", JsInitialDecoder::define(env));
  exports.Set("packetType", Napi::Function::New(env, js_packet_type));
}
