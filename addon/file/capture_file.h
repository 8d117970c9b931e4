// Reads a capture file into the flight recorder, by the parser and the records that live captures have.
#ifndef QUIC_TOP_CAPTURE_FILE_H
#define QUIC_TOP_CAPTURE_FILE_H

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "file/capture_format.h"
#include "recorder/recorder.h"

class CaptureFile {
 public:
  // Opens the file ("-" is standard input), without reading it. Throws CaptureError.
  // Connection IDs are read by `schemes`.
  CaptureFile(const std::string& path, const std::vector<uint16_t>& ports, const CidSchemes& schemes);

  // Reads up to the first frame and lays out the recorder in `memory`, which must outlive this. Times count
  // from 2^52 ns before that frame, so that JavaScript reads them exactly for 52 days before and after it.
  // False: some milliseconds have passed without a frame; call again. Throws CaptureError.
  bool begin(uint8_t* memory, size_t size);

  // Reads on until there are `most` records more (or a frame's more than that), for some milliseconds at most.
  // The records from `unread` on are not overwritten: where there is no room beside them it stops. False: the
  // end. Errors end it, too, as warning().
  bool read(uint64_t most, uint64_t unread);

  // By enum qt_counter.
  const std::array<uint64_t, QT_COUNTERS>& counters() const { return counters_; }
  // What is wrong with the file, as it came out while reading; empty when nothing is.
  const std::string& warning() const { return warning_; }

 private:
  ByteStream::State next();
  void take();
  bool describe_short(const qt_packet& packet, Frame* frame);
  void end(const std::string& warning);

  ByteStream stream_;
  CidSchemes schemes_;
  qt_config config_ = {};
  std::unique_ptr<CaptureFormat> format_;
  RecorderWriter recorder_;
  ShortCids short_cids_;
  LaneWriter* lane_ = nullptr;  // of `recorder_`, once it is laid out
  uint64_t epoch_ = 0;
  FileFrame frame_ = {};  // valid when `pending_`
  bool pending_ = false;  // read, and not yet recorded
  bool ended_ = false;
  uint64_t unreadable_ = 0;  // frames of unknown link types
  uint32_t unreadable_type_ = 0;
  std::array<uint64_t, QT_COUNTERS> counters_ = {};
  std::string warning_;
};

#endif
