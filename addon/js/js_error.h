// Turns the addon's errors into JavaScript's.
#ifndef QUIC_TOP_JS_ERROR_H
#define QUIC_TOP_JS_ERROR_H

#include <napi.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "cid.h"
#include "cid/cid_layouts.h"
#include "js/js_text.h"
#include "util/capture_error.h"

// A CaptureError as an Error with `code` and `hint`.
inline Napi::Error to_js(Napi::Env env, const CaptureError& error) {
  Napi::Error js = Napi::Error::New(env, "");
  js.Set("message", text_of(env, error.what()));
  js.Set("code", Napi::String::New(env, error.code()));
  js.Set("hint", text_of(env, error.hint()));
  return js;
}

// Calls `call`; what it throws becomes an Error in JavaScript.
template <typename F>
auto guard(Napi::Env env, F call) -> decltype(call()) {
  try {
    return call();
  } catch (const CaptureError& error) {
    throw to_js(env, error);
  } catch (const Napi::Error&) {
    throw;  // it is one, of the class that it has
  } catch (const std::exception& error) {
    throw Napi::Error::New(env, error.what());
  }
}

inline std::vector<uint16_t> to_ports(const Napi::Value& value) {
  auto ports = value.As<Napi::Uint16Array>();
  return {ports.Data(), ports.Data() + ports.ElementLength()};
}

// Of all layouts, the memory; what is missing at the end is not configured. Undefined stands for CIDv1.
inline CidLayouts to_cid_layouts(const Napi::Value& value) {
  if (value.IsUndefined()) return {qt_cid_layout QT_CIDV1_LAYOUT};
  auto bytes = value.As<Napi::Uint8Array>();
  CidLayouts layouts = {};
  memcpy(layouts.data(), bytes.Data(), std::min(bytes.ByteLength(), sizeof(layouts)));
  return layouts;
}

// `cidLayouts` and `cidKeys` of options: of the keys, too, the memory; undefined: there are none.
inline CidSchemes to_cid_schemes(const Napi::Object& options) {
  CidSchemes schemes = {to_cid_layouts(options.Get("cidLayouts")), {}};
  if (Napi::Value keys = options.Get("cidKeys"); keys.IsTypedArray()) {
    auto bytes = keys.As<Napi::Uint8Array>();
    memcpy(schemes.keys.data(), bytes.Data(), std::min(bytes.ByteLength(), sizeof(schemes.keys)));
  }
  return schemes;
}

#endif
