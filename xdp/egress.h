/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What the egress program does with a datagram of a watched port: each one of a GSO super-frame is counted and
 * copied as a frame of its own, as it will be on the wire. BPF only. Nothing here changes the frame.
 */
#ifndef QUIC_TOP_EGRESS_H
#define QUIC_TOP_EGRESS_H

#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "config.h"
#include "count.h"
#include "maps.h"
#include "quic.h"

enum qt_egress_limits {
	/* TCX_NEXT, which older headers do not have: the next program, or the way out. */
	QT_TCX_NEXT = -1,
	/* The kernel's own bound (UDP_MAX_SEGMENTS). */
	QT_MAX_SEGMENTS = 128,
	/* Both MAC addresses: a VLAN tag goes behind them. */
	QT_MAC_ADDRESSES = 12,
	/* All that parse_quic looks at: up to the length byte behind the longest DCID. */
	QT_LONG_START = QT_LONG_PREFIX + 255 + 1,
};

/*
 * Where a datagram's first bytes go to be parsed: the stack has no room for them.
 * Writer and reader: the egress program, each CPU its own. It cannot be interrupted by itself.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u8[QT_LONG_START]);
} egress_scratch SEC(".maps");

/* Where the walk through a frame stands. Offsets count from the frame's start as it is in the skb. */
struct egress {
	struct qt_packet packet;
	__u32 headers; /* bytes before the UDP payload */
	__u32 tag;     /* bytes of the VLAN tag that the skb keeps apart */
	__u32 offset;  /* of the datagram's payload */
	__u32 left;    /* bytes of UDP payload from there on */
	__u32 size;    /* bytes of each datagram but the last */
	__u32 trailer; /* bytes behind the UDP payload */
	__u32 is_gso;
};

/* What bpf_loop hands on. */
struct egress_walk {
	struct __sk_buff *skb;
	struct egress *frame;
};

static __always_inline void count_egress(enum qt_counter reason, __u32 length)
{
	count_in(&egress_counters, reason, length);
}

/* Headers, VLAN tag and datagram, one behind the other. False: the ring buffer is full. */
static __always_inline bool copy_egress(struct __sk_buff *skb, const struct egress *e,
					const struct qt_metadata *metadata, __u32 bytes, const __u32 size)
{
	struct qt_tap_header *record =
		bpf_ringbuf_reserve(&tap_buffer, sizeof(*record) + sizeof(__u32) + QT_EGRESS_HEADERS + size, 0);
	__u64 headers = e->headers, captured = bytes < size ? bytes : size;
	__u8 *frame;

	if (!record)
		return false;
	/* As in copy_frame(): the verifier must see the registers compared that the calls take. */
	asm volatile("" : "+r"(captured), "+r"(headers));
	if (captured < 1 || captured > size || headers < QT_ETH_HEADER || headers > QT_EGRESS_HEADERS) {
		bpf_ringbuf_discard(record, BPF_RB_NO_WAKEUP);
		return false;
	}
	frame = (__u8 *)(record + 1);
	if (e->tag) {
		__be16 tag[2] = {skb->vlan_proto, bpf_htons(skb->vlan_tci)};

		bpf_skb_load_bytes(skb, 0, frame + QT_VLAN_TAG, headers);
		bpf_skb_load_bytes(skb, 0, frame, QT_MAC_ADDRESSES);
		__builtin_memcpy(frame + QT_MAC_ADDRESSES, tag, sizeof(tag));
		bpf_skb_load_bytes(skb, e->offset, frame + QT_VLAN_TAG + headers, captured);
	} else {
		bpf_skb_load_bytes(skb, 0, frame, headers);
		bpf_skb_load_bytes(skb, e->offset, frame + headers, captured);
	}
	record->metadata = *metadata;
	record->captured = e->tag + headers + captured;
	record->length = e->tag + headers + bytes;
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
	return true;
}

/* `bytes` are those of the datagram and of what follows it in the frame, `frame` those of the whole frame. */
static __always_inline void tap_egress(struct __sk_buff *skb, const struct egress *e, __u32 segment,
				       __u32 bytes, __u32 frame)
{
	struct qt_metadata metadata = {};
	bool copied;

	metadata.magic = QT_METADATA_MAGIC;
	metadata.time = bpf_ktime_get_ns();
	qt_fill_metadata(&e->packet, &metadata);
	metadata.flags |= QT_EGRESS;
	metadata.l3_offset += e->tag;
	metadata.l4_offset += e->tag;
	metadata.segment = segment;
	if (!e->packet.from_watched)
		count_cid(&e->packet.dcid, frame, &metadata);
	count_egress(QT_TAPPED, frame);
	if (bytes <= QT_TAP_SMALL && constants.tap_size > QT_TAP_SMALL)
		copied = copy_egress(skb, e, &metadata, bytes, QT_TAP_SMALL);
	else
		copied = copy_egress(skb, e, &metadata, bytes, constants.tap_size);
	if (!copied)
		count_egress(QT_TAP_FULL, frame);
}

/* For bpf_loop: one datagram. The frame's bytes need not be in one piece, so the start of each is fetched. */
static long capture_datagram(__u64 index, struct egress_walk *walk)
{
	struct egress *e = walk->frame;
	__u32 zero = 0;
	__u8 *start = bpf_map_lookup_elem(&egress_scratch, &zero);
	__u32 length = e->left < e->size ? e->left : e->size;
	__u32 bytes = e->is_gso ? length : length + e->trailer;
	__u32 frame = e->tag + e->headers + bytes;
	__u64 here = length < QT_LONG_START ? length : QT_LONG_START;
	struct cursor c = {start, start, start, 0};
	enum qt_counter fate;

	if (!start)
		return 1;
	asm volatile("" : "+r"(here));
	if (here >= 1 && here <= QT_LONG_START && bpf_skb_load_bytes(walk->skb, e->offset, start, here) == 0)
		c.end += here;
	__builtin_memset(&e->packet.dcid, 0, sizeof(e->packet.dcid));
	fate = parse_quic(&c, length, &e->packet.dcid);
	count_egress(QT_FRAMES, frame);
	count_egress(fate, frame);
	if (fate == QT_LONG_HEADER) {
		e->packet.datagram.payload_length = length;
		tap_egress(walk->skb, e, e->is_gso ? index + 1 : 0, bytes, frame);
	}
	e->offset += length;
	e->left -= length;
	return e->left == 0; /* 1 ends the loop */
}

/*
 * Walks the datagrams of a frame. Not static, so that the verifier looks at it once, by itself, and not for
 * each way that leads here.
 */
__noinline int capture_datagrams(struct __sk_buff *skb, struct egress *e)
{
	struct egress_walk walk = {skb, e};

	if (!e)
		return 0;
	return bpf_loop(QT_MAX_SEGMENTS, capture_datagram, &walk, 0);
}

/* The fate of a frame that is not to be looked into further, or QT_LONG_HEADER: `e` is ready for the walk. */
static __always_inline enum qt_counter find_egress_datagram(struct __sk_buff *skb, struct egress *e)
{
	const __u8 *data = (const __u8 *)(long)skb->data;
	const __u8 *end = (const __u8 *)(long)skb->data_end;
	struct cursor c = {data, data, end, skb->len - (__u32)(end - data)};
	enum qt_ethertype ethertype;
	enum qt_counter fate;

	if (!parse_ethernet(&c, &ethertype))
		return QT_TRUNCATED;
	fate = qt_find_datagram(&c, ethertype, &config, &e->packet);
	if (fate != QT_LONG_HEADER)
		return fate;
	e->headers = e->packet.datagram.l4_offset + QT_UDP_HEADER;
	if (e->headers > QT_EGRESS_HEADERS)
		return QT_NOT_UDP;
	/* A frame with two tags of its own has no place for another. */
	e->tag = skb->vlan_present && e->packet.datagram.l3_offset < QT_ETH_HEADER + 2 * QT_VLAN_TAG
			 ? QT_VLAN_TAG
			 : 0;
	e->offset = e->headers;
	e->left = e->packet.datagram.payload_length;
	e->is_gso = skb->gso_size > 0 && skb->gso_size < e->left;
	e->size = e->is_gso ? skb->gso_size : e->left;
	e->trailer = skb->len - e->headers - e->left;
	return QT_LONG_HEADER;
}

#endif
