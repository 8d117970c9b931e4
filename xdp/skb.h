/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What the programs that see an skb do with it, the socket filter and those of tc: each datagram of a watched
 * port is counted and copied as a frame of its own, as it is on the wire, also those of a super-frame (GSO,
 * GRO). The skb's bytes may lie in several pieces, and a socket filter cannot reach them but by a helper: so
 * its first bytes are fetched and parsed. BPF only. Nothing here changes the skb.
 */
#ifndef QUIC_TOP_SKB_H
#define QUIC_TOP_SKB_H

#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "budget.h"
#include "config.h"
#include "count.h"
#include "describe.h"
#include "maps.h"
#include "quic.h"
#include "reply.h"
#include "tap.h"

enum qt_skb_limits {
	/* TCX_NEXT, which older headers do not have: the next program, or the frame's way on. */
	QT_TCX_NEXT = -1,
	/* What a socket filter says so that the socket gets nothing. */
	QT_NOT_FOR_THE_SOCKET = 0,
	/* PACKET_OUTGOING (linux/if_packet.h): the skb is on its way out. */
	QT_PACKET_OUTGOING = 4,
	/* The kernel's own bound (UDP_MAX_SEGMENTS). */
	QT_MAX_SEGMENTS = 128,
	/* Both MAC addresses: a VLAN tag goes behind them. */
	QT_MAC_ADDRESSES = 12,
	/* All that parse_quic looks at: up to the length byte behind the longest DCID. Behind one of QUIC v1 it
	 * ends well before the second. */
	QT_LONG_START = QT_LONG_PREFIX + 255 + 1,
	QT_USUAL_START = 64,
};

/* A frame, and where the walk through its datagrams stands. Offsets count from the frame's start as it is in
 * the skb. */
struct skb_frame {
	struct qt_packet packet;
	__u32 headers; /* bytes before the UDP payload */
	__u32 tag;     /* bytes of the VLAN tag that the skb keeps apart */
	__u32 offset;  /* of the datagram's payload */
	__u32 left;    /* bytes of UDP payload from there on */
	__u32 size;    /* bytes of each datagram but the last */
	__u32 trailer; /* bytes behind the UDP payload */
	__u32 is_super;
	__u32 is_egress;
	/* Its first bytes. The verifier takes every position up to QT_SKB_HEADERS for possible, and the parser
	 * reads at most an IPv6 header from there. */
	__u8 head[QT_SKB_HEADERS + 1 + QT_IPV6_HEADER];
	__u8 start[QT_LONG_START]; /* the datagram's first bytes */
};

/*
 * The frame at hand. The stack has no room for it, and functions that the verifier looks at once, by
 * themselves, find it here: it can be given to them since Linux 5.12 only. Writers and readers: one program of
 * these, each CPU its own. It runs with soft interrupts off, so nothing interrupts it.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct skb_frame);
} skb_scratch SEC(".maps");

static __always_inline struct skb_frame *frame_at_hand(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&skb_scratch, &zero);
}

/* Headers, VLAN tag and datagram, one behind the other. False: the ring buffer is full. */
QT_ONCE bool copy_datagram(struct __sk_buff *skb, const struct skb_frame *f, const struct qt_metadata *metadata,
			   __u32 bytes, const __u32 size)
{
	struct qt_tap_header *record = reserve_record(QT_VLAN_TAG + QT_SKB_HEADERS + size);
	__u64 headers = f->headers, captured = bytes < size ? bytes : size;
	__u8 *frame;

	if (!record)
		return false;
	if (!qt_is_between(&captured, 1, size) || !qt_is_between(&headers, QT_IPV4_HEADER, QT_SKB_HEADERS)) {
		discard_record(record);
		return false;
	}
	frame = (__u8 *)(record + 1);
	if (f->tag) {
		__be16 tag[2] = {skb->vlan_proto, bpf_htons(skb->vlan_tci)};

		bpf_skb_load_bytes(skb, 0, frame + QT_VLAN_TAG, headers);
		bpf_skb_load_bytes(skb, 0, frame, QT_MAC_ADDRESSES);
		__builtin_memcpy(frame + QT_MAC_ADDRESSES, tag, sizeof(tag));
		bpf_skb_load_bytes(skb, f->offset, frame + QT_VLAN_TAG + headers, captured);
	} else {
		bpf_skb_load_bytes(skb, 0, frame, headers);
		bpf_skb_load_bytes(skb, f->offset, frame + headers, captured);
	}
	record->metadata = *metadata;
	record->captured = f->tag + headers + captured;
	record->length = f->tag + headers + bytes;
	submit_record(record);
	return true;
}

/* Whether a datagram of a watched port is looked at, as decide() has it for the XDP program. */
static __always_inline bool is_looked_at(const struct skb_frame *f, __u32 frame, __u64 *time)
{
	bool is_short = f->packet.is_short;
	enum qt_counter reason = QT_OVER_BUDGET;

	if (is_short || !is_refused_unseen()) {
		*time = bpf_ktime_get_ns();
		if (is_attended(*time)) {
			if (is_short || is_within_budget(QT_BUDGET_LONG, *time))
				return true;
		} else {
			reason = QT_UNATTENDED;
		}
	}
	if (!is_short)
		count_datagram(f->is_egress, reason, frame);
	return false;
}

/* Counts a datagram, on which the cursor stands, and copies it when it is to be recorded. `bytes` are those of
 * the datagram and of what follows it in the frame, `frame` those of the whole frame. */
static __always_inline void tap_datagram(struct __sk_buff *skb, struct skb_frame *f, const struct cursor *c,
					 __u32 segment, __u32 bytes, __u32 frame)
{
	struct qt_cid_meaning meaning;
	struct qt_metadata metadata;
	__u32 size;
	__u64 time;

	if (!is_looked_at(f, frame, &time))
		return;
	read_dcid(c, &f->packet, &meaning);
	if (!count_packet(f->is_egress, c, &f->packet, &meaning, frame, time) && f->packet.is_short)
		return;
	describe(&f->packet, &meaning, time, &metadata);
	if (f->is_egress)
		metadata.flags |= QT_EGRESS;
	else if (skb->queue_mapping > 0)
		metadata.rx_queue = skb->queue_mapping - 1; /* 0: the driver did not say, so there is one */
	metadata.l3_offset += f->tag;
	metadata.l4_offset += f->tag;
	metadata.segment = segment;
	if (f->packet.is_short)
		count_datagram(f->is_egress, QT_SHORT_HEADER_RECORDED, frame);
	count_datagram(f->is_egress, QT_TAPPED, frame);
	if (bytes <= QT_TAP_SMALL && constants.tap_size > QT_TAP_SMALL)
		size = QT_TAP_SMALL;
	else if (is_cut_short(&f->packet))
		size = constants.tap_other_size;
	else
		size = constants.tap_size;
	if (!copy_datagram(skb, f, &metadata, bytes, size))
		count_datagram(f->is_egress, QT_TAP_FULL, frame);
}

/* The start of a datagram of so many bytes, fetched: no more of it than most need. */
static __always_inline struct cursor cursor_at_datagram(struct __sk_buff *skb, struct skb_frame *f,
							__u32 length)
{
	struct cursor c = cursor_at(f->start, f->start, 0);
	__u64 here = length < QT_USUAL_START ? length : QT_USUAL_START;

	if (!qt_is_between(&here, 1, QT_USUAL_START) || bpf_skb_load_bytes(skb, f->offset, f->start, here) != 0)
		return c;
	c.end += here;
	if (here < QT_USUAL_START || f->start[QT_LONG_PREFIX - 1] <= QT_CID_MAX)
		return c;
	here = length < QT_LONG_START ? length : QT_LONG_START;
	if (qt_is_between(&here, 1, QT_LONG_START) && bpf_skb_load_bytes(skb, f->offset, f->start, here) == 0)
		c.end = f->start + here;
	return c;
}

/*
 * Counts and copies the next datagram; the first has the index 0. Returns 1 when it was the last. The frame's
 * bytes need not be in one piece, so the start of each is fetched. Not static, so that the verifier looks at it
 * once, and not for each datagram.
 */
__noinline int capture_datagram(struct __sk_buff *skb, __u32 index)
{
	struct skb_frame *f = frame_at_hand();
	__u32 length, bytes, frame;
	struct cursor c;
	enum qt_counter fate;

	if (!f)
		return 1;
	length = f->left < f->size ? f->left : f->size;
	bytes = f->is_super ? length : length + f->trailer;
	frame = f->tag + f->headers + bytes;
	c = cursor_at_datagram(skb, f, length);
	fate = parse_quic(&c, length, &f->packet);
	count_datagram(f->is_egress, QT_FRAMES, frame);
	count_datagram(f->is_egress, fate, frame);
	f->packet.datagram.payload_length = length;
	if (fate == QT_LONG_HEADER || (fate == QT_SHORT_HEADER && config.short_mode != QT_SHORT_NONE))
		tap_datagram(skb, f, &c, f->is_super ? index + 1 : 0, bytes, frame);
	f->offset += length;
	f->left -= length;
	return f->left == 0;
}

/* The skb's first bytes, fetched. */
static __always_inline struct cursor cursor_at_skb(struct __sk_buff *skb, struct skb_frame *f)
{
	__u64 here = skb->len < QT_SKB_HEADERS ? skb->len : QT_SKB_HEADERS;
	struct cursor c = cursor_at(f->head, f->head, skb->len);

	c.headers_mask = QT_SKB_HEADERS;
	if (qt_is_between(&here, 1, QT_SKB_HEADERS) && bpf_skb_load_bytes(skb, 0, f->head, here) == 0) {
		c.end += here;
		c.beyond -= here;
	}
	return c;
}

/* Finds the datagram, or the first of several. True: `f` is ready for the walk. False: `fate` is the frame's.
 */
static __always_inline bool find_datagram(struct __sk_buff *skb, struct skb_frame *f, enum qt_counter *fate)
{
	struct cursor c = cursor_at_skb(skb, f);
	enum qt_ethertype ethertype;

	*fate = QT_TRUNCATED;
	if (constants.link_type == QT_LINK_RAW ? !parse_raw(&c, &ethertype) : !parse_ethernet(&c, &ethertype))
		return false;
	if (!qt_find_datagram(&c, ethertype, &config, &f->packet, fate)) {
		if (c.cut)
			*fate = QT_NOT_UDP; /* not within QT_SKB_HEADERS */
		return false;
	}
	f->headers = f->packet.datagram.l4_offset + QT_UDP_HEADER;
	f->tag = skb->vlan_present && constants.link_type == QT_LINK_ETHERNET ? QT_VLAN_TAG : 0;
	*fate = QT_NOT_IP;
	if (f->tag + f->packet.datagram.l3_offset > QT_ETH_HEADER + QT_VLAN_MAX_DEPTH * QT_VLAN_TAG)
		return false;
	f->offset = f->headers;
	f->left = f->packet.datagram.payload_length;
	f->is_super = skb->gso_size > 0 && skb->gso_size < f->left;
	f->size = f->is_super ? skb->gso_size : f->left;
	f->trailer = skb->len - f->headers - f->left;
	return true;
}

/* Counts and copies in mode tap only; the frame goes on in any case. */
static __always_inline void look_at_frame(struct __sk_buff *skb, bool is_egress)
{
	struct skb_frame *f;
	enum qt_counter fate;

	if (config.mode != QT_MODE_TAP ||
	    (config.ifindex != QT_ANY_INTERFACE && config.ifindex != skb->ifindex))
		return;
	f = frame_at_hand();
	if (!f)
		return;
	f->is_egress = is_egress;
	if (find_datagram(skb, f, &fate)) {
		for (__u32 i = 0; i < QT_MAX_SEGMENTS; i++) {
			if (capture_datagram(skb, i))
				break;
		}
	} else {
		count_datagram(is_egress, QT_FRAMES, skb->len);
		count_datagram(is_egress, fate, skb->len);
	}
}

#endif
