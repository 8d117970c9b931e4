// The frame that every generated frame starts as: Ethernet, IP, UDP and a QUIC long header, all lengths true.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

struct TemplateFrame {
  std::vector<uint8_t> bytes;
  uint32_t udp_offset;
};

// The shortest frame that holds all headers.
size_t LeastFrame(bool ipv6);

// `size` is the whole frame's and at least LeastFrame().
TemplateFrame MakeTemplateFrame(size_t size, bool ipv6);
