// Names and messages that need not be UTF-8, as the kernel's are not: in JavaScript each byte above 0x7f of
// such a text is a lone surrogate, U+DC00 + byte, so that nothing of it is lost (bytesOf in
// src/core/text/bytes-text.ts).
#ifndef QUIC_TOP_JS_TEXT_H
#define QUIC_TOP_JS_TEXT_H

#include <napi.h>

#include <algorithm>
#include <string>

constexpr char16_t kByteAsUnit = 0xdc00;

// No Napi::String: Object::Set() would make UTF-8 of it first.
inline Napi::Value text_of(Napi::Env env, const std::string& bytes) {
  auto text = Napi::String::New(env, bytes);
  if (text.Utf8Value() == bytes) return text;
  std::u16string units;
  for (unsigned char byte : bytes) units += byte < 0x80 ? byte : kByteAsUnit + byte;
  return Napi::String::New(env, units);
}

inline std::string bytes_of(const Napi::Value& value) {
  auto text = value.As<Napi::String>();
  std::u16string units = text.Utf16Value();
  auto is_byte = [](char16_t unit) {
    return unit < 0x80 || (unit >= kByteAsUnit + 0x80 && unit <= kByteAsUnit + 0xff);
  };
  if (!std::all_of(units.begin(), units.end(), is_byte)) return text.Utf8Value();
  return {units.begin(), units.end()};  // the low bytes
}

#endif
