// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Runs once for each frame of a test run with live frames: decides whether a frame is due, makes it one of the
 * four kinds, and sends it out of the interface. Pacing is here because each start of a test run costs 27 ms.
 */
// The helpers need the types that come first.
// clang-format off
#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
// clang-format on

#include "generator_abi.h"

const volatile struct gen_config config;

/* A test run is one thread, so plain globals count exactly. */
__u64 sent[GEN_KINDS];
__u64 waited;   /* runs that came before the next frame was due: how much of its core was left over */
__u64 next_due; /* picoseconds of CLOCK_MONOTONIC */
__u64 next_number;

/* Never send a burst to make up for more than this (1 ms): a receiver would lose what the rate does not
 * explain. */
#define MAX_LAG 1000000000ULL

static __always_inline int is_due(void) {
  __u64 now;

  if (!config.interval) return 1;
  now = bpf_ktime_get_ns() * 1000;
  if (now < next_due) return 0;
  if (now - next_due > MAX_LAG) next_due = now;
  next_due += config.interval;
  return 1;
}

SEC("xdp")
int generate(struct xdp_md *ctx) {
  __u8 *udp = (__u8 *)(long)ctx->data + (config.udp_offset & 0xff);
  __u8 *end = (__u8 *)(long)ctx->data_end;
  enum gen_kind kind;

  if (udp + 8 + GEN_DCID_OFFSET + GEN_DCID_LENGTH > end) return XDP_DROP;
  if (!is_due()) {
    waited++;
    return XDP_DROP;
  }

  /* The memory of a sent frame comes back as it went: everything that varies is written each time. */
  if (config.numbered) {
    kind = gen_kind_of(&config, next_number);
    gen_write_kind(udp, &config, kind, next_number % config.dcids);
    gen_write_number(udp, end, next_number++);
  } else {
    kind = gen_choose_kind(&config, bpf_get_prandom_u32());
    gen_write_kind(udp, &config, kind, bpf_get_prandom_u32() % config.dcids);
  }
  sent[kind]++;
  if (config.discard) return XDP_DROP;
  return bpf_redirect(config.ifindex, 0);
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
