#include "convert.h"

#include <algorithm>
#include <cstring>

#include "parse.h"

namespace harness {

namespace {

constexpr const char* kCounterNames[] = {
    "frames",
    "not_ip",
    "not_udp",
    "other_port",
    "fragment",
    "truncated",
    "short_header",
    "long_header",
    "redirected",
    "tapped",
    "tap_full",
    "no_socket",
    "unattended",
    "over_budget",
    "short_header_read",
    "short_header_unread",
    "short_header_over_budget",
    "backend_not_counted",
    "short_header_recorded",
};
static_assert(sizeof(kCounterNames) / sizeof(*kCounterNames) == QT_COUNTERS, "a name for each counter");

struct Constant {
  const char* name;
  uint32_t value;
};
#define CONSTANT(name) \
  { #name, name }
constexpr Constant kConstants[] = {
    CONSTANT(QT_QUEUES),
    CONSTANT(QT_CID_MAX),
    CONSTANT(QT_DEFAULT_PORT),
    CONSTANT(QT_METADATA_MAGIC),
    CONSTANT(QT_TAP_SMALL),
    CONSTANT(QT_TAP_LARGE),
    CONSTANT(QT_TAP_LEAST),
    CONSTANT(QT_MODE_IDLE),
    CONSTANT(QT_MODE_DIVERT),
    CONSTANT(QT_MODE_TAP),
    CONSTANT(QT_FROM_WATCHED),
    CONSTANT(QT_HAS_BACKEND),
    CONSTANT(QT_EGRESS),
    CONSTANT(QT_SHORT),
    CONSTANT(QT_SKB_HEADERS),
    CONSTANT(QT_LINK_RAW),
    CONSTANT(QT_CID_COUNTER_ENTRIES),
    CONSTANT(QT_IPV6_EXT_MAX_CHAIN),
};
#undef CONSTANT

}  // namespace

const char* CounterName(uint32_t counter) { return kCounterNames[counter]; }

Napi::Object Constants(Napi::Env env) {
  auto object = Napi::Object::New(env);
  for (const auto& constant : kConstants) object.Set(constant.name, constant.value);
  return object;
}

Napi::Value BytesToJs(Napi::Env env, const void* bytes, size_t length) {
  auto array = Napi::Uint8Array::New(env, length);
  if (length > 0) std::memcpy(array.Data(), bytes, length);
  return array;
}

Napi::Object CidToJs(Napi::Env env, const qt_cid& cid) {
  auto object = Napi::Object::New(env);
  object.Set("length", static_cast<uint32_t>(cid.length));
  object.Set("bytes", BytesToJs(env, cid.bytes, std::min<size_t>(cid.length, QT_CID_MAX)));
  return object;
}

Napi::Object MetadataToJs(Napi::Env env, const qt_metadata& metadata) {
  auto object = Napi::Object::New(env);
  object.Set("magic", metadata.magic);
  object.Set("rxQueue", metadata.rx_queue);
  object.Set("flags", metadata.flags);
  object.Set("time", Napi::BigInt::New(env, static_cast<uint64_t>(metadata.time)));
  object.Set("l3Offset", metadata.l3_offset);
  object.Set("l4Offset", metadata.l4_offset);
  object.Set("payloadLength", metadata.payload_length);
  object.Set("backend", metadata.backend);
  object.Set("srcPort", metadata.src_port);
  object.Set("dstPort", metadata.dst_port);
  object.Set("segment", metadata.segment);
  object.Set("cidLength", metadata.cid_length);
  return object;
}

Napi::Object CountToJs(Napi::Env env, const qt_count& count) {
  auto object = Napi::Object::New(env);
  object.Set("packets", static_cast<double>(count.packets));
  object.Set("bytes", static_cast<double>(count.bytes));
  return object;
}

void WatchPorts(const Napi::Value& ports, qt_config* config) {
  std::fill(std::begin(config->ports), std::end(config->ports), 0);
  auto list = ports.As<Napi::Array>();
  for (uint32_t i = 0; i < list.Length(); i++) {
    const auto port = static_cast<uint16_t>(list.Get(i).ToNumber().Uint32Value());
    config->ports[port / 64] |= 1ULL << (port % 64);
  }
}

}  // namespace harness
