// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* A program that every verifier refuses: it reads a byte of the frame that may not be there. */
// The helpers need the types that come first.
// clang-format off
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
// clang-format on

#include "config.h"

SEC("xdp")
int refused(struct xdp_md *ctx) {
  const __u8 *data = (const __u8 *)(long)ctx->data;

  return constants.slots == 0 ? XDP_PASS : data[QT_QUEUES];
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
