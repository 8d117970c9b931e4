// Loads an object file as quic-top loads its own.
#pragma once

#include <napi.h>

namespace harness {

// loadObject(path): null, or why the kernel refuses it: { code, message, hint }.
Napi::Value LoadObject(const Napi::CallbackInfo& info);

}  // namespace harness
