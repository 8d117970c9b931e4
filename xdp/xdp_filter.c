// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The XDP program: parse, count, decide, deliver to the AF_XDP socket of the backend or to the tap.
 * Only redirect_to_socket() may take a packet from the host; everything else, and everything unexpected,
 * passes. And the tc programs, which count and copy in mode tap: what leaves; and what arrives, instead of the
 * XDP program.
 */
#include <linux/bpf.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>

#include "quic_top_abi.h"
#include "quic.h"
#include "maps.h"
#include "config.h"
#include "describe.h"
#include "capture.h"
#include "tc.h"

SEC("xdp")
int xdp_filter(struct xdp_md *ctx)
{
	const __u8 *data = (const __u8 *)(long)ctx->data;
	const __u8 *end = (const __u8 *)(long)ctx->data_end;
	struct qt_packet packet;
	struct qt_metadata metadata;
	__u32 length = end - data;
	enum qt_counter fate = qt_classify(data, end, &config, &packet);

	count_frame(QT_FRAMES, length);
	count_frame(fate, length);
	if (fate != QT_LONG_HEADER)
		return XDP_PASS;
	describe(&packet, &metadata);
	metadata.rx_queue = (__u16)ctx->rx_queue_index;
	count_cid(&packet, &metadata, length);
	return deliver(ctx, &metadata, length, decide(ctx, &metadata, length));
}

/*
 * To be attached by tcx (Linux 6.6). Not loaded by default (`?`): whoever loads the object by hand gets the XDP
 * program alone.
 */
SEC("?tc")
int quic_egress(struct __sk_buff *skb)
{
	return look_at_frame(skb, true);
}

/* In the XDP program's place, where that cannot be; it sees what an XDP program lets through. */
SEC("?tc")
int quic_ingress(struct __sk_buff *skb)
{
	return look_at_frame(skb, false);
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
