#include "classify.h"

#include <vector>

#include "cid.h"
#include "convert.h"
#include "quic.h"

namespace harness {

Napi::Value Classify(const Napi::CallbackInfo& info) {
  const auto env = info.Env();
  const auto view = info[0].As<Napi::Uint8Array>();
  // A copy of exactly the frame's size: a read past the end leaves the allocation, and a sanitizer sees it.
  const std::vector<uint8_t> frame(view.Data(), view.Data() + view.ByteLength());
  qt_config config{};
  WatchPorts(info[1], &config);

  qt_packet packet{};
  const qt_counter fate = qt_classify(frame.data(), frame.data() + frame.size(), 0, &config, &packet);
  auto result = Napi::Object::New(env);
  result.Set("fate", CounterName(fate));
  if (fate != QT_LONG_HEADER && fate != QT_SHORT_HEADER) return result;
  if (fate == QT_SHORT_HEADER) {
    const cursor payload = cursor_at_payload(frame.data(), frame.data() + frame.size(), 0, &packet);
    const uint32_t length = info[2].IsNumber() ? info[2].ToNumber().Uint32Value() : 0;
    result.Set("isRead",
               length > 0 && qt_read_short(&payload, packet.datagram.payload_length, length, &packet));
    result.Set("firstByte", *payload.pos);
  }

  result.Set("l3Offset", packet.datagram.l3_offset);
  result.Set("l4Offset", packet.datagram.l4_offset);
  result.Set("srcPort", packet.datagram.src_port);
  result.Set("dstPort", packet.datagram.dst_port);
  result.Set("payloadLength", packet.datagram.payload_length);
  result.Set("fromWatched", packet.from_watched);
  result.Set("server", BytesToJs(env, &packet.path.server, sizeof(packet.path.server)));
  result.Set("dcid", CidToJs(env, packet.dcid));
  const qt_cid_layout layouts[QT_CID_LAYOUTS] = {QT_CIDV1_LAYOUT};
  qt_cid_meaning meaning;
  qt_read_cid(layouts, packet.dcid.bytes, packet.dcid.length, &meaning);
  if (qt_names_server(&meaning)) {
    result.Set("backend", meaning.backend);
  } else {
    result.Set("backend", env.Null());
  }
  return result;
}

}  // namespace harness
