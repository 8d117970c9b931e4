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
#include "reply.h"
#include "skb.h"

/*
 * The frame at hand: functions that the verifier looks at once, by themselves, find it here. They are not
 * static, so that it does not look at them anew for each way that leads there. Writer and reader: the XDP
 * program, each CPU its own; nothing interrupts it.
 */
struct xdp_frame {
	struct qt_packet packet;
	struct qt_metadata metadata;
};
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct xdp_frame);
} xdp_scratch SEC(".maps");

static __always_inline struct xdp_frame *xdp_frame_at_hand(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&xdp_scratch, &zero);
}

/* Bytes of the frame that the program sees, and of all of it. */
static __always_inline __u32 bytes_here(const struct xdp_md *ctx)
{
	return (const __u8 *)(long)ctx->data_end - (const __u8 *)(long)ctx->data;
}

static __always_inline __u32 frame_length(struct xdp_md *ctx)
{
	return constants.has_frags ? bpf_xdp_get_buff_len(ctx) : bytes_here(ctx);
}

/* Counts the QUIC packet at hand; returns what is to be done with it (enum qt_action). */
__noinline int count_at_hand(struct xdp_md *ctx)
{
	struct xdp_frame *f = xdp_frame_at_hand();
	__u32 length = frame_length(ctx);
	struct qt_cid_meaning meaning;
	enum qt_action action;
	struct cursor c;

	if (!f)
		return QT_IGNORE;
	c = cursor_at_payload((const __u8 *)(long)ctx->data, (const __u8 *)(long)ctx->data_end, 0, &f->packet);
	read_dcid(&c, &f->packet, &meaning);
	describe(&f->packet, &meaning, bpf_ktime_get_ns(), &f->metadata);
	f->metadata.rx_queue = (__u16)ctx->rx_queue_index;
	action = decide(ctx, &f->packet, &f->metadata, length);
	if (action == QT_IGNORE)
		return QT_IGNORE;
	if (!count_packet(false, &c, &f->packet, &meaning, length, f->metadata.time) && f->packet.is_short)
		return QT_PASS;
	/* That of a short header may have been read just now. */
	f->metadata.cid_length = f->packet.cid_length;
	return action;
}

/* Returns the XDP action. */
__noinline int deliver_at_hand(struct xdp_md *ctx, int action)
{
	struct xdp_frame *f = xdp_frame_at_hand();

	return f ? deliver(ctx, &f->packet, &f->metadata, frame_length(ctx), action) : XDP_PASS;
}

SEC("xdp")
int xdp_filter(struct xdp_md *ctx)
{
	const __u8 *data = (const __u8 *)(long)ctx->data;
	const __u8 *end = (const __u8 *)(long)ctx->data_end;
	struct xdp_frame *f = xdp_frame_at_hand();
	__u32 length = frame_length(ctx);
	enum qt_counter fate;
	int action;

	if (!f)
		return XDP_PASS;
	fate = qt_classify(data, end, length - (__u32)(end - data), &config, &f->packet);
	count_frame(QT_FRAMES, length);
	count_frame(fate, length);
	if (fate != QT_LONG_HEADER && (fate != QT_SHORT_HEADER || config.short_mode == QT_SHORT_NONE))
		return XDP_PASS;
	action = count_at_hand(ctx);
	return action == QT_COPY || action == QT_DIVERT ? deliver_at_hand(ctx, action) : XDP_PASS;
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
