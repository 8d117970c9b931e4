// From the structs of quic_top_abi.h to JavaScript values.
#pragma once

#include <napi.h>

#include "quic_top_abi.h"

namespace harness {

// A CID as its bytes on the wire, at most QT_CID_MAX of them; `length` may be more.
Napi::Object CidToJs(Napi::Env env, const qt_cid& cid);
Napi::Object MetadataToJs(Napi::Env env, const qt_metadata& metadata);
Napi::Object CountToJs(Napi::Env env, const qt_count& count);
Napi::Value BytesToJs(Napi::Env env, const void* bytes, size_t length);

// The counter's name as people read it: QT_NOT_IP is "not_ip".
const char* CounterName(uint32_t counter);

// Sets the bits of an array of port numbers, and clears all others.
void WatchPorts(const Napi::Value& ports, qt_config* config);

// Every constant of xdp/ that a test compares with, by its name there.
Napi::Object Constants(Napi::Env env);

}  // namespace harness
