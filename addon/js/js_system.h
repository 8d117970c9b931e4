// JavaScript's functions about the machine and this process: NativeSystem in src/core/native/addon.ts.
#ifndef QUIC_TOP_JS_SYSTEM_H
#define QUIC_TOP_JS_SYSTEM_H

#include <napi.h>

void define_system(Napi::Env env, Napi::Object exports);

#endif
