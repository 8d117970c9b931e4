// The C++ build of the parser that the XDP program runs.
#pragma once

#include <napi.h>

namespace harness {

// classify(frame, ports): the frame's fate, and for a long header everything the parser learned.
Napi::Value Classify(const Napi::CallbackInfo& info);

}  // namespace harness
