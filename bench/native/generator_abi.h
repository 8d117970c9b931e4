/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What the generator's BPF half and its C++ half share. */
#ifndef QUIC_TOP_GENERATOR_ABI_H
#define QUIC_TOP_GENERATOR_ABI_H

#include <linux/types.h>

enum gen_kind {
  GEN_CIDV1,   /* long header whose DCID is valid CIDv1 */
  GEN_OTHER,   /* long header whose DCID is not */
  GEN_SHORT,   /* short header */
  GEN_FOREIGN, /* another UDP port */
  GEN_KINDS,
};

enum gen_frame {
  /* From the UDP payload's start, of the long header that the frame is made with. */
  GEN_DCID_OFFSET = 6,
  GEN_DCID_LENGTH = 8,
  GEN_FIRST_LONG = 0xc0,
  GEN_FIRST_SHORT = 0x40,
  GEN_CIDV1_VERSION = 1,
  GEN_OTHER_VERSION = 0xee,
};

struct gen_config {
  __u32 ifindex;
  __u32 udp_offset;
  __u16 port;
  __u16 foreign_port;
  /* 1: every frame is made and counted, and goes nowhere. */
  __u32 discard;
  __u32 dcids;
  __u32 backends;
  /* A random 32-bit number below below[kind], and not below the one before it, makes that kind; the last
   * kind takes the rest. */
  __u32 below[GEN_KINDS - 1];
  /* Picoseconds between frames; 0: as fast as it goes. */
  __u64 interval;
};

#endif
