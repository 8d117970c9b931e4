// A BPF program's counters: where every frame ended.
#ifndef QUIC_TOP_COUNTERS_H
#define QUIC_TOP_COUNTERS_H

#include <array>

#include "quic_top_abi.h"

// Summed over the CPUs, by enum qt_counter.
using Counters = std::array<qt_count, QT_COUNTERS>;

// Of a map `counters` or `egress_counters`: a reading in which QT_FRAMES is the sum of the fates, unless frames
// come too fast to get one. Throws CaptureError.
Counters read_counters(int map);

// What was counted between two readings.
Counters since(Counters now, const Counters& before);

#endif
