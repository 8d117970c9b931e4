// JavaScript's functions about the machine and this process: NativeSystem in src/core/native/addon.ts.
#ifndef QUIC_TOP_JS_SYSTEM_H
#define QUIC_TOP_JS_SYSTEM_H

#include <napi.h>

#include "host/links.h"

// LinkStatistics of src/core/native/addon.ts.
Napi::Object to_value(Napi::Env env, const LinkStatistics& statistics);

void define_system(Napi::Env env, Napi::Object exports);

#endif
