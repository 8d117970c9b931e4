#include "cid/cid_lengths.h"

#include <algorithm>

namespace {

uint8_t if_readable(uint8_t length) { return length <= QT_CID_MAX ? length : 0; }

}  // namespace

// Only of packets whose CID the server chose for the connection: not what it repeats in Version Negotiation
// (RFC 8999 section 6), nor that of a Retry, which another server or a load balancer may have sent.
void CidLengths::note(const qt_record& record) {
  bool is_handshake = record.type == QT_TYPE_HANDSHAKE;
  if (record.flags & QT_RECORD_FROM_WATCHED) {
    if (is_handshake || record.type == QT_TYPE_INITIAL) note(record.src_port, record.scid_length, true);
  } else if (is_handshake) {
    note(record.dst_port, record.dcid_length, false);
  }
}

void CidLengths::note(uint16_t port, uint8_t length, bool from_server) {
  Port known = ports_[port].load(std::memory_order_relaxed);
  bool is_settled = known.agreed == kAgreed && known.length == length;
  if ((known.heard && !from_server) || (is_settled && known.heard == from_server)) return;
  std::lock_guard<std::mutex> lock(changing_);
  known = ports_[port].load(std::memory_order_relaxed);
  if (from_server && !known.heard) known = {0, 0, 0, 1};
  if (known.agreed > 0 && known.length != length) {
    known.disputed = 1;
    add_varying(if_readable(known.length));
    known.agreed = 0;
  }
  known.length = length;
  if (known.agreed < kAgreed) known.agreed++;
  if (known.agreed == kAgreed) known.disputed = 0;
  ports_[port].store(known, std::memory_order_relaxed);
  uint8_t told = if_readable(length);
  if (known.disputed) {
    add_varying(told);
    told = QT_CID_LENGTH_VARIES;
  }
  __atomic_store_n(&config_->cid_lengths[port], told, __ATOMIC_RELAXED);
}

// Kept in order, the longest first. One that finds no place is not read.
void CidLengths::add_varying(uint8_t length) {
  volatile uint8_t* lengths = config_->varying_lengths;
  if (std::find(lengths, lengths + QT_VARYING_LENGTHS, length) != lengths + QT_VARYING_LENGTHS) return;
  for (uint32_t i = 0; i < QT_VARYING_LENGTHS; i++) {
    uint8_t here = lengths[i];
    if (here > length) continue;
    __atomic_store_n(&lengths[i], length, __ATOMIC_RELAXED);
    length = here;
  }
}
