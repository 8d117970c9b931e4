// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The XDP program: parse, count, decide, deliver to the AF_XDP socket of the backend or to the tap.
 * Only redirect_to_socket() may take a packet from the host; everything else, and everything unexpected,
 * passes. And the programs that see the host's own copy of a packet, count it and copy it in mode tap: a socket
 * filter and two of tc.
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
#include "short_header.h"
#include "skb.h"

SEC("xdp")
int xdp_filter(struct xdp_md *ctx)
{
	const __u8 *data = (const __u8 *)(long)ctx->data;
	const __u8 *end = (const __u8 *)(long)ctx->data_end;
	struct qt_packet packet;
	struct qt_cid_meaning meaning;
	struct qt_metadata metadata;
	struct cursor c;
	__u32 here = end - data, beyond = constants.has_frags ? bpf_xdp_get_buff_len(ctx) - here : 0;
	__u32 length = here + beyond;
	enum qt_counter fate = qt_classify(data, end, beyond, &config, &packet);
	enum qt_action action;

	count_frame(QT_FRAMES, length);
	count_frame(fate, length);
	if (fate == QT_SHORT_HEADER) {
		c = cursor_at_payload(data, end, beyond, &packet);
		if (!read_short_header(false, &c, packet.datagram.payload_length, &packet, length))
			return XDP_PASS;
	} else if (fate != QT_LONG_HEADER) {
		return XDP_PASS;
	}
	read_meaning(&packet, &meaning);
	describe(&packet, &meaning, bpf_ktime_get_ns(), &metadata);
	metadata.rx_queue = (__u16)ctx->rx_queue_index;
	action = decide(ctx, &packet, &metadata, length);
	if (action != QT_IGNORE)
		count_cid(false, &packet, &meaning, length, metadata.time);
	return deliver(ctx, &packet, &metadata, length, action);
}

/*
 * The others are not loaded by default (`?`): whoever loads the object by hand gets the XDP program alone.
 * A socket filter, on a packet socket that is given nothing (Linux 5.8): it looks at what the socket would get.
 */
SEC("?socket")
int quic_socket(struct __sk_buff *skb)
{
	look_at_frame(skb, skb->pkt_type == QT_PACKET_OUTGOING);
	return QT_NOT_FOR_THE_SOCKET;
}

/* By tcx (Linux 6.6): what leaves the interface, and what arrives there. */
SEC("?tc")
int quic_egress(struct __sk_buff *skb)
{
	look_at_frame(skb, true);
	return QT_TCX_NEXT;
}

SEC("?tc")
int quic_ingress(struct __sk_buff *skb)
{
	look_at_frame(skb, false);
	return QT_TCX_NEXT;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
