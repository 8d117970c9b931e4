#include "recorder/recorder.h"

#include <algorithm>
#include <cstring>

#include "quic/gso_segment.h"
#include "util/capture_error.h"
#include "util/memory_hints.h"

namespace {

// A lane shorter than this could not hold the longest frame beside a few others.
constexpr size_t kMinLane = 512 * 1024;
// This part of a lane is for records, the rest for bytes: right for frames of about 600 bytes.
constexpr size_t kRecordsPart = 5;
// Server ids that are told apart, at most, and what they may take of the memory at most: one part in so many.
constexpr size_t kServerIds = 65536;
constexpr size_t kServerIdsPart = 32;

size_t aligned(size_t size) { return (size + QT_RECORDER_ALIGN - 1) / QT_RECORDER_ALIGN * QT_RECORDER_ALIGN; }

// A record has room for a server id of 32 bits; longer ones need the table.
size_t server_ids(const CidLayouts& layouts, size_t size) {
  bool long_ids = std::any_of(layouts.begin(), layouts.end(),
                              [](const auto& layout) { return layout.id_bits > QT_HANDLE_BITS; });
  return long_ids ? std::min(kServerIds, size / kServerIdsPart / sizeof(qt_server_id)) : 0;
}

void store(__u64* counter, uint64_t value) { __atomic_store_n(counter, value, __ATOMIC_RELAXED); }

void add(__u64* counter, uint64_t value) { store(counter, *counter + value); }

// The parser has seen all of these bytes. Metadata that says otherwise is not believed, and nothing is read.
void read_addresses(const Frame& frame, qt_record* record) {
  uint32_t offset = frame.metadata.l3_offset;
  uint32_t tags = frame.link_header;
  uint32_t max_offset = tags + QT_VLAN_MAX_DEPTH * QT_VLAN_TAG;
  if (offset < tags || offset > max_offset || offset + QT_IPV4_HEADER > frame.captured) return;
  const uint8_t* ip = frame.data + offset;
  record->ip_version = ip[0] >> 4;
  if (record->ip_version == 6 && offset + QT_IPV6_HEADER > frame.captured) return;
  if (record->ip_version == 6) {
    memcpy(record->src, ip + 8, 16);
    memcpy(record->dst, ip + 24, 16);
  } else {
    memcpy(record->src, ip + 12, 4);
    memcpy(record->dst, ip + 16, 4);
  }
  record->vlan_count = (offset - tags) / QT_VLAN_TAG;
  for (uint8_t i = 0; i < record->vlan_count; i++) {
    record->vlan[i] = qt_be16(frame.data + tags + QT_VLAN_TAG * i) & 0x0fff;
  }
}

}  // namespace

RecorderWriter lay_out_recorder(uint8_t* memory, size_t size, uint32_t lanes, uint64_t epoch,
                                const CidSchemes& schemes, Snaplen snaplen) {
  const CidLayouts& layouts = schemes.layouts;
  size_t ids = server_ids(layouts, size);
  size_t lanes_offset = aligned(sizeof(qt_recorder) + ids * sizeof(qt_server_id));
  size_t usable = size > lanes_offset ? size - lanes_offset : 0;
  size_t lane_size = usable / lanes / QT_RECORDER_ALIGN * QT_RECORDER_ALIGN;
  if (lane_size < kMinLane) {
    size_t kib = (kMinLane * lanes + lanes_offset) / 1024 + 1;
    throw CaptureError("BUFFER",
                       "the recorder's buffer of " + std::to_string(size / 1024) + " KiB is too small for " +
                           std::to_string(lanes) + " drain threads",
                       "give at least --buffer " + std::to_string(kib) + "K");
  }
  prefer_huge_pages(memory, size);
  auto* recorder = reinterpret_cast<qt_recorder*>(memory);
  *recorder = {};
  recorder->magic = QT_RECORDER_MAGIC;
  recorder->abi_version = QT_ABI_VERSION;
  recorder->lanes = lanes;
  recorder->server_ids = ids;
  recorder->lanes_offset = lanes_offset;
  recorder->lane_size = lane_size;
  recorder->epoch = epoch;
  std::copy(layouts.begin(), layouts.end(), recorder->cid_layouts);
  auto* table = reinterpret_cast<qt_server_id*>(memory + sizeof(qt_recorder));
  std::fill_n(table, ids, qt_server_id{});
  RecorderWriter writer;
  writer.cids = std::make_unique<CidReader>(schemes, table, ids);
  for (uint32_t i = 0; i < lanes; i++)
    writer.lanes.emplace_back(memory + lanes_offset + i * lane_size, lane_size, writer.cids.get(),
                              std::make_shared<OpenedCids>(schemes), snaplen);
  return writer;
}

LaneWriter::LaneWriter(uint8_t* memory, size_t size, CidReader* cids, std::shared_ptr<OpenedCids> opened,
                       Snaplen snaplen)
    : lane_(reinterpret_cast<qt_lane*>(memory)), cids_(cids), opened_(std::move(opened)), snaplen_(snaplen) {
  *lane_ = {};
  uint64_t slots = 1;
  while (slots * 2 * sizeof(qt_record) <= size / kRecordsPart) slots *= 2;
  uint64_t records_size = slots * sizeof(qt_record);
  lane_->record_slots = slots;
  lane_->records_offset = sizeof(qt_lane);
  lane_->bytes_offset = aligned(sizeof(qt_lane) + records_size);
  lane_->bytes_capacity = size - lane_->bytes_offset;
  records_ = reinterpret_cast<qt_record*>(memory + lane_->records_offset);
  bytes_ = memory + lane_->bytes_offset;
}

void LaneWriter::watch_opened(OpenedCidListener* listener, uint32_t per_second) {
  listener_ = listener;
  opened_per_second_ = per_second;
}

// Takes the oldest records out of [tail, head) until there is room, and returns where the bytes may go.
uint64_t LaneWriter::make_room(uint32_t records, uint32_t bytes) {
  uint64_t capacity = lane_->bytes_capacity;
  uint64_t position = lane_->bytes_head;
  // A frame's bytes stay in one piece.
  if (position % capacity + bytes > capacity) position += capacity - position % capacity;
  uint64_t head = lane_->head, tail = lane_->tail, overwritten = 0;
  while (tail < head &&
         (tail + lane_->record_slots < head + records || slot(tail)->bytes + capacity < position + bytes)) {
    if (slot(tail)->index == 0) overwritten++;
    tail++;
  }
  if (tail != lane_->tail) {
    store(&lane_->tail, tail);
    add(&lane_->frames_overwritten, overwritten);
    // Readers must see the new tail before any byte of what it gave up changes.
    __atomic_thread_fence(__ATOMIC_RELEASE);
  }
  return position;
}

bool LaneWriter::has_room(uint32_t bytes, uint64_t unread) const {
  uint64_t head = lane_->head;
  unread = std::max<uint64_t>(unread, lane_->tail);
  if (unread >= head) return true;
  // The frame may leave a gap before it that is nearly as long as itself.
  return head + kMaxCoalesced - unread <= lane_->record_slots &&
         lane_->bytes_head + 2 * uint64_t{bytes} - slot(unread)->bytes <= lane_->bytes_capacity;
}

// The server's CID says what it is about: the DCID of what goes to it, the SCID of what comes from it.
CidMeaning LaneWriter::read_server_cid(qt_record* record) const {
  bool from_server = record->flags & QT_RECORD_FROM_WATCHED;
  // Version Negotiation repeats what the client chose (RFC 8999 section 6).
  bool by_server = from_server ? record->type != QT_TYPE_VERSION_NEGOTIATION
                               : record->type == QT_TYPE_HANDSHAKE || record->type == QT_TYPE_1RTT;
  const uint8_t* cid = from_server ? record->scid : record->dcid;
  uint8_t length = from_server ? record->scid_length : record->dcid_length;
  if (opened_per_second_ > 0) opened_->limit(opened_per_second_, record->time);
  bool by_retry = from_server && record->type == QT_TYPE_RETRY;
  CidMeaning meaning = cids_->read(cid, length, by_server, by_retry, opened_.get());
  record->cid_layout = meaning.layout;
  record->worker = meaning.worker;
  record->process = meaning.process;
  if (meaning.names_server) {
    record->flags |= QT_RECORD_HAS_BACKEND;
    record->backend = meaning.backend;
  }
  if (meaning.beyond_table) record->issues |= QT_ISSUE_TOO_MANY_BACKENDS;
  if (meaning.not_opened) {
    record->issues |= QT_ISSUE_CID_NOT_OPENED;
    add(&lane_->cids_not_opened, 1);
  }
  if (meaning.newly_opened && listener_) listener_->opened(cid, length, meaning.route);
  return meaning;
}

void LaneWriter::fill(qt_record* record, const Frame& frame, uint32_t kept, const QuicPacket& packet) const {
  const qt_metadata& metadata = frame.metadata;
  record->captured_length = kept;
  record->frame_length = frame.length;
  record->version = packet.version;
  record->rx_queue = metadata.rx_queue;
  record->src_port = metadata.src_port;
  record->dst_port = metadata.dst_port;
  record->l3_offset = metadata.l3_offset;
  record->l4_offset = metadata.l4_offset;
  record->packet_offset = static_cast<uint16_t>(metadata.l4_offset + QT_UDP_HEADER + packet.offset);
  record->packet_length = packet.length;
  record->token_length = packet.token_length;
  record->issues = packet.issues;
  if (kept < uint32_t{metadata.l4_offset} + QT_UDP_HEADER + metadata.payload_length)
    record->issues |= QT_ISSUE_FRAME_CUT;
  record->type = packet.type;
  record->dcid_length = packet.dcid_length;
  record->scid_length = packet.scid_length;
  if (packet.dcid) memcpy(record->dcid, packet.dcid, std::min<uint32_t>(packet.dcid_length, QT_CID_MAX));
  if (packet.scid) memcpy(record->scid, packet.scid, std::min<uint32_t>(packet.scid_length, QT_CID_MAX));
  read_addresses(frame, record);
  record->link_type = frame.link_type;
  if (frame.has_direction) record->flags |= metadata.flags & QT_EGRESS ? QT_RECORD_EGRESS : QT_RECORD_INGRESS;
  record->flags |= frame.time_source;
  if (metadata.flags & QT_FROM_WATCHED) record->flags |= QT_RECORD_FROM_WATCHED;
}

// `first` is what the frame's first packet says of a server.
void LaneWriter::count(const Frame& frame, const CidMeaning& first) {
  add(&lane_->frames, 1);
  add(&lane_->frame_bytes, frame.length);
  if (frame.time_source == QT_RECORD_TIME_DRAIN) add(&lane_->without_metadata, 1);
  if (!(frame.metadata.flags & QT_EGRESS)) {
    qt_count* rx = &lane_->rx_queues[std::min<uint32_t>(frame.metadata.rx_queue, QT_RX_QUEUES - 1)];
    add(&rx->packets, 1);
    add(&rx->bytes, frame.length);
  }
  if (first.names_server) {
    qt_count* queue = &lane_->queues[first.queue];
    add(&queue->packets, 1);
    add(&queue->bytes, frame.length);
  }
}

void LaneWriter::read_packets(const Frame& frame) {
  const qt_metadata& metadata = frame.metadata;
  uint32_t payload = metadata.l4_offset + QT_UDP_HEADER;
  uint32_t captured = frame.captured > payload ? frame.captured - payload : 0;
  captured = std::min<uint32_t>(captured, metadata.payload_length);
  if (metadata.flags & QT_SHORT) {
    read_short_datagram(frame.data + payload, captured, metadata.payload_length, metadata.cid_length,
                        &datagram_);
    return;
  }
  read_datagram(frame.data + payload, captured, metadata.payload_length, coalesced_short_, &datagram_);
  if (datagram_.count == 0) {
    // The program saw a long header in bytes that were not copied; the frame is recorded all the same.
    QuicPacket unread = {};
    unread.length = metadata.payload_length;
    unread.issues = QT_ISSUE_HEADER_CUT | QT_ISSUE_FRAME_CUT;
    datagram_.packets[datagram_.count++] = unread;
  }
}

void LaneWriter::record(const Frame& frame, uint64_t frame_number, uint64_t time) {
  read_packets(frame);
  bool is_initial = datagram_.packets[0].type == QT_TYPE_INITIAL;
  uint32_t kept = std::min(frame.captured, is_initial ? snaplen_.initials : snaplen_.others);
  uint64_t position = make_room(datagram_.count, kept);
  uint8_t* bytes = bytes_ + position % lane_->bytes_capacity;
  memcpy(bytes, frame.data, kept);
  if (frame.metadata.segment > 0) finish_segment(frame.metadata, bytes, kept);
  lane_->bytes_head = position + kept;
  uint64_t head = lane_->head;
  for (uint32_t i = 0; i < datagram_.count; i++) {
    qt_record* record = slot(head + i);
    *record = {};
    record->sequence = head + i;
    record->time = time;
    record->frame = frame_number;
    record->bytes = position;
    record->index = static_cast<uint8_t>(i);
    fill(record, frame, kept, datagram_.packets[i]);
    CidMeaning meaning = read_server_cid(record);
    if (i == 0) count(frame, meaning);
    if (lengths_) lengths_->note(*record);
    if (short_cids_) short_cids_->note(*record);
  }
  __atomic_store_n(&lane_->head, head + datagram_.count, __ATOMIC_RELEASE);
}
