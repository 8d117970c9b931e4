#include "js/js_cid.h"

#include <algorithm>
#include <cstring>

#include "cid.h"
#include "js/js_error.h"

namespace {

// [layout, server id, worker, process], or null: no layout fits.
Napi::Value js_read_cid(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  CidLayouts layouts = to_cid_layouts(info[0]);
  auto given = info[1].As<Napi::Uint8Array>();
  uint8_t cid[QT_CID_MAX] = {};
  memcpy(cid, given.Data(), std::min(given.ByteLength(), sizeof(cid)));
  qt_cid_meaning meaning;
  qt_read_cid(layouts.data(), cid, static_cast<uint32_t>(given.ByteLength()), &meaning);
  if (!qt_names_server(&meaning)) return env.Null();
  const qt_cid_layout& layout = layouts[meaning.layout - 1];
  qt_server_id id;
  qt_read_server_id(&layout, cid, &id);
  auto bytes = [&](const void* from, size_t size) {
    auto array = Napi::Uint8Array::New(env, size);
    memcpy(array.Data(), from, size);
    return array;
  };
  auto values = Napi::Array::New(env, 4);
  values.Set(0u, bytes(&layout, sizeof(layout)));
  values.Set(1u, bytes(id.bytes + QT_SERVER_ID_MAX - id.length, id.length));
  values.Set(2u, layout.worker_bits > 0 ? Napi::Number::New(env, meaning.worker) : env.Null());
  values.Set(3u, layout.process_bits > 0 ? Napi::Number::New(env, meaning.process) : env.Null());
  return values;
}

}  // namespace

void define_cids(Napi::Env env, Napi::Object exports) {
  exports.Set("readCid", Napi::Function::New(env, js_read_cid));
}
