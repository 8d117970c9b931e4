// Any bytes as a capture file: they are read to the end or refused, every frame has one fate, and the records
// are in the recorder.
#include "file/capture_file.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <numeric>

#include "cid.h"

namespace {

constexpr size_t kMemory = 600 * 1024;
alignas(64) uint8_t memory[kMemory];

void require(bool condition) {
  if (!condition) abort();
}

void read_all(CaptureFile* file) {
  if (!file->begin(memory, kMemory)) return;
  const auto* lane =
      reinterpret_cast<const qt_lane*>(memory + reinterpret_cast<const qt_recorder*>(memory)->lanes_offset);
  uint64_t unread = 0;
  for (bool more = true; more;) {
    uint64_t before = lane->head;
    more = file->read(512, unread);
    require(lane->tail <= unread);  // nothing was overwritten that a reader has not had
    // Every other time the reader is a part behind, unless there is no room for more.
    unread = unread == before || lane->head == before ? before : lane->head;
  }
  const auto& counters = file->counters();
  require(counters[QT_FRAMES] ==
          std::accumulate(counters.begin() + QT_NOT_IP, counters.begin() + QT_LONG_HEADER + 1, uint64_t{0}));
  // What has a short header is recorded unless it is of another protocol at that port.
  require(counters[QT_LONG_HEADER] <= lane->frames &&
          lane->frames <= counters[QT_LONG_HEADER] + counters[QT_SHORT_HEADER]);
  require(lane->head >= lane->frames);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  int fd = memfd_create("capture", MFD_CLOEXEC);
  require(fd >= 0 && write(fd, data, size) == static_cast<ssize_t>(size));
  try {
    CaptureFile file("/proc/self/fd/" + std::to_string(fd), {4433, 443}, {qt_cid_layout QT_CIDV1_LAYOUT});
    read_all(&file);
  } catch (const CaptureError& error) {
    require(!error.code().empty() && !error.hint().empty());
  }
  close(fd);
  return 0;
}
