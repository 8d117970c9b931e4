// JavaScript's functions about Initial packets: NativeInitials in src/core/native/addon.ts.
#ifndef QUIC_TOP_JS_INITIAL_H
#define QUIC_TOP_JS_INITIAL_H

#include <napi.h>

void define_initials(Napi::Env env, Napi::Object exports);

#endif
