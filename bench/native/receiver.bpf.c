// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The two cheapest ways out of XDP for whole frames, which quic-top's are measured against: to an AF_XDP
 * socket, and as a copy through a BPF ring buffer. Neither looks at the frame.
 */
// The helpers need the types that come first.
// clang-format off
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
// clang-format on

struct {
  __uint(type, BPF_MAP_TYPE_XSKMAP);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u32);
} sockets SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 8 << 20); /* as quic-top's tap has */
} ring SEC(".maps");

/* The bytes copied of each frame: known when the program is verified, as the helper wants it. */
const volatile __u32 copied_bytes = 2048;

/* One RX queue, so one CPU at a time: plain globals count exactly. */
__u64 frames;
__u64 ring_full;

SEC("xdp")
int redirect(struct xdp_md *ctx) {
  frames++;
  return bpf_redirect_map(&sockets, ctx->rx_queue_index, XDP_PASS);
}

SEC("xdp")
int copy(struct xdp_md *ctx) {
  __u64 length = ctx->data_end - ctx->data;
  void *record;

  frames++;
  record = bpf_ringbuf_reserve(&ring, copied_bytes, 0);
  if (!record) {
    ring_full++;
    return XDP_PASS;
  }
  if (length > copied_bytes) length = copied_bytes;
  /* Linux 6.18 with clang 14: the bound just computed is kept in another register, and the verifier loses it.
   */
  asm volatile("" : "+r"(length));
  if (length < 1 || length > copied_bytes) {
    bpf_ringbuf_discard(record, BPF_RB_NO_WAKEUP);
    return XDP_PASS;
  }
  bpf_xdp_load_bytes(ctx, 0, record, length);
  bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
  return XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
