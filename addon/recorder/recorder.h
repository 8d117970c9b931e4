// The writing side of the flight recorder (recorder_layout.h): the shared memory is laid out, then each drain
// thread writes its own lane. The oldest packets make room for the newest; nobody is ever waited for.
#ifndef QUIC_TOP_RECORDER_H
#define QUIC_TOP_RECORDER_H

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "cid/cid_lengths.h"
#include "cid/cid_reader.h"
#include "cid/short_cids.h"
#include "quic/quic_datagram.h"
#include "recorder/recorder_layout.h"
#include "recorder/snaplen.h"
#include "session/capture_source.h"

// Who is told of the CIDs that were opened with a key.
class OpenedCidListener {
 public:
  virtual ~OpenedCidListener() = default;
  // `server_id` is the last 64 bits of the one that it names.
  virtual void opened(const uint8_t* cid, uint8_t length, uint64_t server_id) = 0;
};

// One lane. Only the thread that writes it may call record().
class LaneWriter {
 public:
  // `cids` must outlive this; `opened` is for it alone.
  LaneWriter(uint8_t* memory, size_t size, CidReader* cids, std::shared_ptr<OpenedCids> opened,
             Snaplen snaplen);

  // Of a live capture: so many CIDs are opened in a second at most, and `listener` hears of each.
  void watch_opened(OpenedCidListener* listener, uint32_t per_second);
  // `lengths` hears of every packet.
  void learn_lengths(CidLengths* lengths) { lengths_ = lengths; }
  // The same of a capture file.
  void learn_lengths(ShortCids* lengths) { short_cids_ = lengths; }
  // Packets with a short header are recorded behind long ones in a datagram, too.
  void record_coalesced_short() { coalesced_short_ = true; }

  // Records every long header packet of a frame, or the one with a short header that it begins with (QT_SHORT),
  // and the frame's first bytes. What is in the record is read from the whole frame. `frame_number` counts from
  // 1 in the session, `time` is in nanoseconds since qt_recorder.epoch.
  void record(const Frame& frame, uint64_t frame_number, uint64_t time);

  // Records written since the start.
  uint64_t records() const { return lane_->head; }
  // Whether a frame of so many bytes may be recorded without overwriting the records from `unread` on.
  bool has_room(uint32_t bytes, uint64_t unread) const;

 private:
  qt_record* slot(uint64_t sequence) const { return records_ + (sequence & (lane_->record_slots - 1)); }
  uint64_t make_room(uint32_t records, uint32_t bytes);
  void fill(qt_record* record, const Frame& frame, uint32_t kept, const QuicPacket& packet) const;
  CidMeaning read_server_cid(qt_record* record) const;
  void count(const Frame& frame, const CidMeaning& first);
  void read_packets(const Frame& frame);

  qt_lane* lane_;
  CidReader* cids_;
  std::shared_ptr<OpenedCids> opened_;
  OpenedCidListener* listener_ = nullptr;
  CidLengths* lengths_ = nullptr;
  ShortCids* short_cids_ = nullptr;
  bool coalesced_short_ = false;
  uint32_t opened_per_second_ = 0;  // 0: as many as come
  Snaplen snaplen_;
  qt_record* records_;
  uint8_t* bytes_;
  QuicDatagram datagram_;
};

struct RecorderWriter {
  std::unique_ptr<CidReader> cids;  // lives as long as the lanes are written
  std::vector<LaneWriter> lanes;
};

// Lays out `lanes` lanes in `memory` (`size` bytes, aligned to 8). `epoch` is qt_recorder.epoch.
// Connection IDs are read by `schemes`. Throws CaptureError when the memory is too small.
RecorderWriter lay_out_recorder(uint8_t* memory, size_t size, uint32_t lanes, uint64_t epoch,
                                const CidSchemes& schemes, Snaplen snaplen = {});

#endif
