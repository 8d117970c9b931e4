// The configured layouts of connection IDs, in the order in which they are tried (xdp/cid.h reads by them).
#ifndef QUIC_TOP_CID_LAYOUTS_H
#define QUIC_TOP_CID_LAYOUTS_H

#include <array>

#include "quic_top_abi.h"

using CidLayouts = std::array<qt_cid_layout, QT_CID_LAYOUTS>;

#endif
