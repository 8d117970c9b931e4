#include "js/js_packet_json.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "js/js_error.h"
#include "lines/address_text.h"
#include "lines/packet_json.h"

namespace {

class JsPacketJson : public Napi::ObjectWrap<JsPacketJson> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "PacketJson", {InstanceMethod<&JsPacketJson::format>("format")});
  }

  explicit JsPacketJson(const Napi::CallbackInfo& info) : Napi::ObjectWrap<JsPacketJson>(info) {
    guard(info.Env(), [&] {
      bool lossless;
      uint64_t epoch = info[0].As<Napi::BigInt>().Uint64Value(&lossless);
      auto names = info[1].As<Napi::Object>();
      auto of = [&](const char* numbers) { return all_bytes_of(names.Get(numbers)); };
      json_ = std::make_unique<PacketJson>(
          epoch, PacketNames{to_cid_layouts(names.Get("cidLayouts")), of("types"), of("schemes"), of("trusts"),
                             of("unroutables"), of("issues")});
    });
  }

 private:
  Napi::Value format(const Napi::CallbackInfo& info) {
    return guard(info.Env(), [&] {
      auto words = info[0].As<Napi::Uint32Array>();
      uint32_t count = info[1].As<Napi::Number>().Uint32Value();
      std::string texts = info[2].As<Napi::String>(), interface = info[3].As<Napi::String>();
      if (count > words.ByteLength() / sizeof(qt_packet_line)) throw std::out_of_range("too few lines");
      auto line = [&](uint32_t i) {
        qt_packet_line copy;  // what JavaScript has need not be aligned
        memcpy(&copy, words.Data() + i * (sizeof(copy) / sizeof(uint32_t)), sizeof(copy));
        return copy;
      };

      size_t room = 0;
      for (uint32_t i = 0; i < count; i++) room += json_->room(line(i), texts, interface);
      // Kept: new memory of this size comes from the kernel page by page, which takes as long as the writing.
      bool reuse = info[4].As<Napi::Boolean>();
      if (memory_.IsEmpty() || memory_.Value().ByteLength() < room || (given_out_ && !reuse))
        memory_ = Napi::Persistent(Napi::ArrayBuffer::New(info.Env(), room));
      Napi::ArrayBuffer memory = memory_.Value();
      auto* start = static_cast<char*>(memory.Data());
      char* end = start;
      for (uint32_t i = 0; i < count; i++) end = json_->write(line(i), texts, interface, end);
      given_out_ = reuse;
      if (reuse) return Napi::Uint8Array::New(info.Env(), end - start, memory, 0);
      // These may wait for long and in numbers: without the room that they turned out not to need.
      auto lines = Napi::Uint8Array::New(info.Env(), end - start);
      std::copy(start, end, lines.Data());
      return lines;
    });
  }

  std::unique_ptr<PacketJson> json_;
  Napi::Reference<Napi::ArrayBuffer> memory_;  // that lines are written into
  bool given_out_ = false;                     // it holds lines that were given out
};

Napi::Value js_ipv6_text(const Napi::CallbackInfo& info) {
  auto bytes = info[0].As<Napi::Uint8Array>();
  uint32_t offset = info[1].As<Napi::Number>().Uint32Value();
  if (bytes.ByteLength() < 16 || offset > bytes.ByteLength() - 16)
    throw Napi::RangeError::New(info.Env(), "ipv6Text: too few bytes");
  char text[kLongestAddress];
  return Napi::String::New(info.Env(), text, write_ipv6(bytes.Data() + offset, text) - text);
}

}  // namespace

void define_packet_json(Napi::Env env, Napi::Object exports) {
  exports.Set("PacketJson", JsPacketJson::define(env));
  exports.Set("ipv6Text", Napi::Function::New(env, js_ipv6_text));
}
