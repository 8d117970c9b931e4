// The JavaScript class CaptureFile: NativeCaptureFile in src/core/native/addon.ts.
#ifndef QUIC_TOP_JS_CAPTURE_FILE_H
#define QUIC_TOP_JS_CAPTURE_FILE_H

#include <napi.h>

Napi::Function define_capture_file(Napi::Env env);

#endif
