/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What the generator's BPF half, its C++ half and frame_checker share. */
#ifndef QUIC_TOP_GENERATOR_ABI_H
#define QUIC_TOP_GENERATOR_ABI_H

#include <linux/types.h>
/* After it. */
#include <bpf/bpf_endian.h>

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
  /* The same of a short header. */
  GEN_SHORT_DCID_OFFSET = 1,
  GEN_FIRST_LONG = 0xc0,
  GEN_FIRST_SHORT = 0x40,
  GEN_CIDV1_VERSION = 1,
  GEN_OTHER_VERSION = 0xee,
  GEN_VERSION = 1,
  /* Of a numbered frame: its number stands so far from the UDP payload's start, and again after each so many
   * bytes, so that every cache line has it; that often at most. */
  GEN_NUMBER_OFFSET = 24,
  GEN_NUMBER_STEP = 64,
  GEN_NUMBERS_MOST = 24,
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
  /* 1: all of a frame is a function of its number, from 0. */
  __u32 numbered;
  __u32 reserved;
};

/* A header is written with the stores that it is named for, wherever it lies: x86-64 and arm64 do not mind. */
typedef __u16 __attribute__((may_alias)) gen_u16;
typedef __u32 __attribute__((may_alias)) gen_u32;
typedef __u64 __attribute__((may_alias)) gen_u64;

/* `random` is any 32-bit number, all of them alike likely. */
static inline __attribute__((always_inline)) enum gen_kind gen_choose_kind(
    const volatile struct gen_config *config, __u32 random) {
  if (random < config->below[GEN_CIDV1]) return GEN_CIDV1;
  if (random < config->below[GEN_OTHER]) return GEN_OTHER;
  if (random < config->below[GEN_SHORT]) return GEN_SHORT;
  return GEN_FOREIGN;
}

/* The kind of a numbered frame: by Knuth's multiplicative hash of its number. */
static inline __attribute__((always_inline)) enum gen_kind gen_kind_of(const volatile struct gen_config *config,
                                                                       __u64 number) {
  return gen_choose_kind(config, (__u32)number * 2654435761u);
}

/* Makes the frame whose UDP header is `udp` one of a kind, with the DCID of that index. */
static inline __attribute__((always_inline)) void gen_write_kind(__u8 *udp,
                                                                 const volatile struct gen_config *config,
                                                                 enum gen_kind kind, __u32 index) {
  __u8 *quic = udp + 8;
  __u8 *dcid = quic + (kind == GEN_SHORT ? GEN_SHORT_DCID_OFFSET : GEN_DCID_OFFSET);

  *(gen_u16 *)(udp + 2) = bpf_htons(kind == GEN_FOREIGN ? config->foreign_port : config->port);
  quic[0] = kind == GEN_SHORT ? GEN_FIRST_SHORT : GEN_FIRST_LONG;
  if (kind == GEN_SHORT) {
    *(gen_u32 *)(dcid + GEN_DCID_LENGTH) = 0;
    dcid[GEN_DCID_LENGTH + 4] = 0;
  } else {
    *(gen_u32 *)(quic + 1) = bpf_htonl(GEN_VERSION);
    quic[GEN_DCID_OFFSET - 1] = GEN_DCID_LENGTH;
  }
  dcid[0] = kind == GEN_OTHER ? GEN_OTHER_VERSION : GEN_CIDV1_VERSION;
  dcid[1] = 0;
  *(gen_u16 *)(dcid + 2) = bpf_htons(index % config->backends);
  *(gen_u32 *)(dcid + 4) = bpf_htonl(index);
}

/* Writes a frame's number into it, wherever it has its place; `end` is the end of the frame. */
static inline __attribute__((always_inline)) void gen_write_number(__u8 *udp, const __u8 *end, __u64 number) {
  for (__u32 i = 0; i < GEN_NUMBERS_MOST; i++) {
    __u8 *at = udp + 8 + GEN_NUMBER_OFFSET + i * GEN_NUMBER_STEP;

    if (at + sizeof(number) > end) return;
    *(gen_u64 *)at = number;
  }
}

#endif
