// The frame that every generated frame starts as: Ethernet, IP, UDP and room for a QUIC header, all lengths
// true; and how many of which kind are made of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "generator_abi.h"

struct TemplateFrame {
  std::vector<uint8_t> bytes;
  uint32_t udp_offset;
};

// The shortest frame that holds all headers, and its number when it is to be numbered.
size_t LeastFrame(bool ipv6, bool numbered);

// `size` is the whole frame's and at least LeastFrame(). Of a frame that is to be numbered, no byte behind the
// headers is like its neighbours; else they are 0.
TemplateFrame MakeTemplateFrame(size_t size, bool ipv6, bool numbered);

// Says which share of the frames, each 0 to 1, is of each kind; the rest are GEN_CIDV1.
void SetShares(gen_config* config, double other, double short_header, double foreign);
