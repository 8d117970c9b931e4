#include "file/capture_format.h"

#include "file/pcap_format.h"
#include "file/pcapng_format.h"

std::unique_ptr<CaptureFormat> recognise_format(ByteStream* stream) {
  constexpr const char* kHint =
      "give a pcap or pcapng file, plain or gzip, as tcpdump -w and Wireshark write it";
  switch (stream->need(PcapFormat::kMagicSize)) {
    case ByteStream::State::kWaiting:
      return nullptr;
    case ByteStream::State::kEnd:
      if (stream->available() == 0) throw stream->error("EMPTY", "is empty", kHint);
      break;
    case ByteStream::State::kReady:
      if (PcapngFormat::recognises(stream->data())) return std::make_unique<PcapngFormat>(stream);
      if (!PcapFormat::recognises(stream->data())) break;
      switch (stream->need(PcapFormat::kHeaderSize)) {
        case ByteStream::State::kReady:
          return std::make_unique<PcapFormat>(stream);
        case ByteStream::State::kWaiting:
          return nullptr;
        case ByteStream::State::kEnd:
          throw stream->error("TRUNCATED", "ends inside the file header", kCopyAgain);
      }
  }
  throw stream->error("NOT_A_CAPTURE", "is not a capture file", kHint);
}
