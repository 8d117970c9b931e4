// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Gives every frame that leaves a VLAN tag, as a VLAN device does: beside the frame's bytes, not among them. */
// The helpers need the types that come first.
// clang-format off
#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
// clang-format on

const volatile __u16 vlan_id = 0;

SEC("tc")
int push_vlan(struct __sk_buff *skb) {
  bpf_skb_vlan_push(skb, bpf_htons(0x8100), vlan_id);
  return -1; /* TCX_NEXT */
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
