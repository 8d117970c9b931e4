// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Adds up the time that one CPU spends in the softirq NET_RX, in which the kernel receives: NAPI, XDP, what
 * taps, IP, UDP, down to the socket's queue.
 */
// The helpers need the types that come first.
// clang-format off
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
// clang-format on

enum { NET_RX_SOFTIRQ = 3 }; /* linux/interrupt.h */

const volatile __u32 cpu;

/* Only that CPU writes them. */
__u64 began;
__u64 nanoseconds;

static __always_inline int is_meant(const struct bpf_raw_tracepoint_args *ctx) {
  return ctx->args[0] == NET_RX_SOFTIRQ && bpf_get_smp_processor_id() == cpu;
}

SEC("raw_tp/softirq_entry")
int enter(struct bpf_raw_tracepoint_args *ctx) {
  if (is_meant(ctx)) began = bpf_ktime_get_ns();
  return 0;
}

SEC("raw_tp/softirq_exit")
int leave(struct bpf_raw_tracepoint_args *ctx) {
  if (is_meant(ctx) && began) nanoseconds += bpf_ktime_get_ns() - began;
  return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
