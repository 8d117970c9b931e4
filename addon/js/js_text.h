// Texts that need not be UTF-8, as the kernel's names are not: in JavaScript a byte that does not decode is a
// lone surrogate, U+DC00 + byte, as in Python (PEP 383). src/core/text/bytes-text.ts does the same for Node's
// own functions.
#ifndef QUIC_TOP_JS_TEXT_H
#define QUIC_TOP_JS_TEXT_H

#include <napi.h>

#include <string>
#include <vector>

constexpr char16_t kByteAsUnit = 0xdc00;
constexpr size_t kMostUtf8Bytes = 4;

// Of these bytes, where they are UTF-8 throughout.
inline bool decode_utf8(Napi::Env env, const std::string& bytes, std::u16string* units) {
  auto text = Napi::String::New(env, bytes);
  if (text.Utf8Value() != bytes) return false;
  *units = text.Utf16Value();
  return true;
}

// No Napi::String: Object::Set() would make UTF-8 of it first.
inline Napi::Value text_of(Napi::Env env, const std::string& bytes) {
  std::u16string all, character;
  if (decode_utf8(env, bytes, &all)) return Napi::String::New(env, all);
  all.clear();
  for (size_t at = 0, size; at < bytes.size(); at += size) {
    for (size = 1; size <= kMostUtf8Bytes; size++) {
      if (decode_utf8(env, bytes.substr(at, size), &character)) break;
    }
    if (size > kMostUtf8Bytes) {
      size = 1;
      character.assign(1, static_cast<char16_t>(kByteAsUnit + static_cast<uint8_t>(bytes[at])));
    }
    all += character;
  }
  return Napi::String::New(env, all);
}

inline std::string bytes_of(const Napi::Value& text) {
  std::string bytes;
  std::u16string decoded;
  auto add_decoded = [&] {
    if (!decoded.empty()) bytes += Napi::String::New(text.Env(), decoded).Utf8Value();
    decoded.clear();
  };
  char16_t before = 0;
  for (char16_t unit : text.As<Napi::String>().Utf16Value()) {
    bool ends_pair = before >= 0xd800 && before < kByteAsUnit;
    if (unit >= kByteAsUnit + 0x80 && unit <= kByteAsUnit + 0xff && !ends_pair) {
      add_decoded();
      bytes += static_cast<char>(unit);
    } else {
      decoded += unit;
    }
    before = unit;
  }
  add_decoded();
  return bytes;
}

inline std::vector<std::string> all_bytes_of(const Napi::Value& texts) {
  auto array = texts.As<Napi::Array>();
  std::vector<std::string> all;
  for (uint32_t i = 0; i < array.Length(); i++) all.push_back(bytes_of(array.Get(i)));
  return all;
}

#endif
