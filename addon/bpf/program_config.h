// What programs may be told while they run: the map `.data.config`, in this process's memory.
#ifndef QUIC_TOP_PROGRAM_CONFIG_H
#define QUIC_TOP_PROGRAM_CONFIG_H

#include <vector>

#include "quic_top_abi.h"
#include "util/mapping.h"

// What is done with short headers.
struct ShortHeaders {
  qt_short_mode mode = QT_SHORT_EVENTS;
  uint32_t sample = 0;  // with QT_SHORT_EVENTS one in so many is recorded; 0: none for that
  bool divert = false;  // with QT_SHORT_ALL in mode divert
};

class ProgramConfig {
 public:
  // `map` is its descriptor. Throws CaptureError.
  explicit ProgramConfig(int map);
  ProgramConfig(const ProgramConfig&) = delete;
  ~ProgramConfig() { give_back(); }

  // From here on it is this process's, for the interface of that index. That of a joined program may still be
  // as a process left it that was killed. To be called when no other process can be capturing, and before what
  // follows.
  void take_over(uint32_t ifindex);
  // Ends what take_over() began: nothing is captured, and a joined program has its ports again.
  void give_back();
  void set_mode(qt_mode mode);
  // Packets that each CPU may capture in a second; 0: as many as come.
  void set_budget(uint32_t packets);
  void set_ports(const std::vector<uint16_t>& ports);
  void set_short(const ShortHeaders& how);
  volatile qt_config* get() const { return config(); }

 private:
  qt_config* config() const { return reinterpret_cast<qt_config*>(memory_.get()); }

  Mapping memory_;
  bool taken_over_ = false;
};

#endif
