#include "js/js_cid.h"

#include <algorithm>
#include <cstring>

#include "cid.h"
#include "cid/cid_cipher.h"
#include "js/js_error.h"

namespace {

// [layout, unroutable, server id or null, worker, process], or null: no layout fits.
Napi::Value js_read_cid(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  CidSchemes schemes = to_cid_schemes(info[0].As<Napi::Object>());
  auto given = info[1].As<Napi::Uint8Array>();
  uint8_t cid[QT_CID_MAX] = {};
  memcpy(cid, given.Data(), std::min(given.ByteLength(), sizeof(cid)));
  qt_cid_meaning meaning;
  qt_read_cid(schemes.layouts.data(), cid, static_cast<uint32_t>(given.ByteLength()), &meaning);
  if (meaning.layout == 0) return env.Null();
  const qt_cid_layout& layout = schemes.layouts[meaning.layout - 1];
  if (meaning.sealed) {
    CidCipher(schemes.keys[meaning.layout - 1]).open(cid, layout.sealed);
    qt_read_parts(&layout, cid, &meaning);
  }
  qt_server_id id;
  qt_read_server_id(&layout, cid, &id);
  auto bytes = [&](const void* from, size_t size) {
    auto array = Napi::Uint8Array::New(env, size);
    memcpy(array.Data(), from, size);
    return array;
  };
  auto number = [&](uint32_t value, bool is_there) -> Napi::Value {
    return is_there && meaning.unroutable == QT_ROUTABLE ? Napi::Number::New(env, value) : env.Null();
  };
  auto values = Napi::Array::New(env, 5);
  values.Set(0u, bytes(&layout, sizeof(layout)));
  values.Set(1u, meaning.unroutable);
  values.Set(2u, meaning.has_id ? bytes(id.bytes + QT_SERVER_ID_MAX - id.length, id.length) : env.Null());
  values.Set(3u, number(meaning.worker, layout.worker_bits > 0));
  values.Set(4u, number(meaning.process, layout.process_bits > 0));
  return values;
}

}  // namespace

void define_cids(Napi::Env env, Napi::Object exports) {
  exports.Set("readCid", Napi::Function::New(env, js_read_cid));
}
