// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Stands before the program that is timed, in each of a test run's repetitions: writes the next DCID into the
 * frame and takes away the metadata that the last repetition wrote, which would leave no room for more. `empty`
 * is timed in the same place, so what this costs can be taken off.
 */
// The helpers need the types that come first.
// clang-format off
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
// clang-format on

struct {
  __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u32);
} timed SEC(".maps");

/* Where the DCID's last four of eight bytes are, or 0 to write nothing; and how many DCIDs there are. */
__u32 offset;
__u32 dcids = 1;
__u32 next;

SEC("xdp")
int vary(struct xdp_md *ctx) {
  __u8 *data;

  if (ctx->data_meta < ctx->data) bpf_xdp_adjust_meta(ctx, ctx->data - ctx->data_meta);
  data = (__u8 *)(long)ctx->data;
  if (offset) {
    __u8 *place = data + (offset & 0xff);

    if (place + 4 > (__u8 *)(long)ctx->data_end) return XDP_ABORTED;
    *(__u32 *)place = next++ % dcids;
  }
  bpf_tail_call(ctx, &timed, 0);
  return XDP_ABORTED;
}

SEC("xdp")
int empty(struct xdp_md *ctx) { return XDP_PASS; }

char LICENSE[] SEC("license") = "Dual MIT/GPL";
