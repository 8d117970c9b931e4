// By what connection IDs are read: the configured layouts, in the order in which they are tried (xdp/cid.h
// reads by them), and the keys of those whose CIDs are encrypted.
#ifndef QUIC_TOP_CID_LAYOUTS_H
#define QUIC_TOP_CID_LAYOUTS_H

#include <array>
#include <cstdint>

#include "quic_top_abi.h"

using CidLayouts = std::array<qt_cid_layout, QT_CID_LAYOUTS>;

constexpr size_t kCidKey = 16;  // bytes of an AES-128 key
// That of each layout; all zero: it has none.
using CidKeys = std::array<std::array<uint8_t, kCidKey>, QT_CID_LAYOUTS>;

struct CidSchemes {
  CidLayouts layouts = {};
  CidKeys keys = {};
};

#endif
