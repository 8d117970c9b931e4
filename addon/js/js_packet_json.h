// JavaScript's class PacketJson and function ipv6Text: NativePacketJson and NativeText in
// src/core/native/addon.ts.
#ifndef QUIC_TOP_JS_PACKET_JSON_H
#define QUIC_TOP_JS_PACKET_JSON_H

#include <napi.h>

void define_packet_json(Napi::Env env, Napi::Object exports);

#endif
