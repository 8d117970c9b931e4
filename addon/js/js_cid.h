// JavaScript's function readCid: NativeCids in src/core/native/addon.ts.
#ifndef QUIC_TOP_JS_CID_H
#define QUIC_TOP_JS_CID_H

#include <napi.h>

void define_cids(Napi::Env env, Napi::Object exports);

#endif
