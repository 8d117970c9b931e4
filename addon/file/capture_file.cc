#include "file/capture_file.h"

#include <algorithm>

#include "file/link_layer.h"
#include "quic.h"

namespace {

// Frames after which read() looks at the clock, which takes as long as a frame.
constexpr uint64_t kFramesPerLook = 64;
// JavaScript reads integers below 2^53 exactly.
constexpr uint64_t kBeforeFirst = uint64_t{1} << 52;

}  // namespace

CaptureFile::CaptureFile(const std::string& path, const std::vector<uint16_t>& ports, const CidSchemes& schemes)
    : stream_(path), schemes_(schemes), short_cids_(schemes.layouts) {
  for (uint16_t port : ports) config_.ports[port / 64] |= uint64_t{1} << (port % 64);
}

bool CaptureFile::begin(uint8_t* memory, size_t size) {
  if (lane_) return true;
  stream_.start_turn();
  if (!format_) {
    format_ = recognise_format(&stream_);
    if (!format_) return false;
  }
  if (next() == ByteStream::State::kWaiting) return false;
  bool packet = pending_ && frame_.is_packet;
  if (packet && !is_known_link_type(frame_.link_type)) throw unknown_link_type(stream_, frame_.link_type);
  if (packet && frame_.time > kBeforeFirst) epoch_ = frame_.time - kBeforeFirst;
  recorder_ = lay_out_recorder(memory, size, 1, epoch_, schemes_);
  lane_ = &recorder_.lanes[0];
  lane_->learn_lengths(&short_cids_);
  lane_->record_coalesced_short();
  return true;
}

// Makes sure that a frame is pending. A file that is cut ends here with a warning; other damage before the
// first frame is an error.
ByteStream::State CaptureFile::next() {
  if (pending_) return ByteStream::State::kReady;
  try {
    ByteStream::State state = format_->next(&frame_);
    pending_ = state == ByteStream::State::kReady;
    if (state == ByteStream::State::kEnd) end("");
    return state;
  } catch (const CaptureError& error) {
    if (!lane_ && error.code() != "TRUNCATED") throw;
    end(error.what());
    return ByteStream::State::kEnd;
  }
}

void CaptureFile::end(const std::string& warning) {
  ended_ = true;
  if (!warning.empty()) warning_ = warning + " (after frame " + std::to_string(counters_[QT_FRAMES]) + ")";
  if (unreadable_ > 0) {
    if (!warning_.empty()) warning_ += "; ";
    warning_ += stream_.name() + ": " + std::to_string(unreadable_) +
                " frames could not be read: their link type is " + std::to_string(unreadable_type_);
  }
}

bool CaptureFile::read(uint64_t most, uint64_t unread) {
  if (!lane_) return !ended_;
  uint64_t first = lane_->records();
  stream_.start_turn();
  while (!ended_ && lane_->records() - first < most) {
    if (next() != ByteStream::State::kReady || !lane_->has_room(frame_.captured, unread)) break;
    take();
    if (counters_[QT_FRAMES] % kFramesPerLook == 0 && stream_.turn_is_over()) break;
  }
  return !ended_;
}

// Writes down how long the DCID of a frame with a short header is. False: it is no QUIC.
bool CaptureFile::describe_short(const qt_packet& packet, Frame* frame) {
  uint32_t payload = packet.datagram.l4_offset + QT_UDP_HEADER, length = packet.datagram.payload_length;
  Bytes captured = {frame->data + payload, std::min(frame->captured - payload, length)};
  auto cid_length = short_cids_.length_of(packet.path, packet.from_watched, captured, length);
  if (!packet.from_watched)
    counters_[cid_length.value_or(QT_CID_LENGTH_UNKNOWN) > QT_CID_MAX ? QT_SHORT_HEADER_UNREAD
                                                                      : QT_SHORT_HEADER_READ]++;
  if (!cid_length) return false;
  frame->metadata.flags |= QT_SHORT;
  frame->metadata.cid_length = *cid_length;
  return true;
}

// Counts the pending frame by its fate, and records it when it is one of ours.
void CaptureFile::take() {
  pending_ = false;
  counters_[QT_FRAMES]++;
  if (!frame_.is_packet) {
    counters_[QT_NOT_IP]++;
    return;
  }
  cursor c = cursor_at(frame_.data, frame_.data + frame_.captured, frame_.length - frame_.captured);
  qt_ethertype ethertype;
  qt_packet packet;
  uint32_t link_header = 0;
  qt_counter fate;
  if (parse_link(frame_.link_type, &c, &ethertype, &link_header, &fate))
    fate = qt_classify_ip(&c, ethertype, &config_, &packet);
  counters_[fate]++;
  if (!is_known_link_type(frame_.link_type)) {
    unreadable_++;
    unreadable_type_ = frame_.link_type;
  }
  if (fate != QT_LONG_HEADER && fate != QT_SHORT_HEADER) return;

  Frame frame = {frame_.data, frame_.captured, frame_.length, {}, true};
  qt_fill_metadata(&packet, &frame.metadata);
  if (fate == QT_SHORT_HEADER && !describe_short(packet, &frame)) return;
  frame.link_type = frame_.link_type;
  frame.link_header = link_header;
  frame.has_direction = false;
  bool has_time = frame_.has_time && frame_.time >= epoch_;
  frame.time_source = has_time ? 0 : QT_RECORD_NO_TIME;
  lane_->record(frame, counters_[QT_FRAMES], has_time ? frame_.time - epoch_ : 0);
}
