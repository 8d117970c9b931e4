/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What the XDP program does with a packet: it decides, and redirects the frame or copies it. BPF only. */
#ifndef QUIC_TOP_CAPTURE_H
#define QUIC_TOP_CAPTURE_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "budget.h"
#include "config.h"
#include "count.h"
#include "maps.h"
#include "quic.h"
#include "tap.h"

static __always_inline void count_frame(enum qt_counter reason, __u32 length)
{
	count_in(&counters, reason, length);
}

/* What is done with a packet. The host gets it in any case but the last. */
enum qt_action {
	QT_IGNORE, /* nobody looks: only its fate is counted */
	QT_PASS,   /* its CID is counted, too */
	QT_COPY,   /* and it is copied to the tap */
	QT_DIVERT, /* it goes to the AF_XDP socket of the slot; where that cannot be, it is copied */
};

/* For a short header this is what is done with one that is to be recorded. */
static __always_inline enum qt_action decide(const struct xdp_md *ctx, const struct qt_packet *packet,
					     const struct qt_metadata *metadata, __u32 length)
{
	bool has_backend = metadata->flags & QT_HAS_BACKEND;

	/* Loaded by hand, and nobody has come yet: what it counts is all that it is for. */
	if (config.ifindex == 0)
		return QT_PASS;
	if (config.mode == QT_MODE_IDLE)
		return QT_IGNORE;
	if (!is_attended(metadata->time)) {
		if (!packet->is_short)
			count_frame(QT_UNATTENDED, length);
		return QT_IGNORE;
	}
	if (ctx->ingress_ifindex != config.ifindex)
		return QT_PASS;
	if (packet->is_short)
		return config.divert_short && config.mode == QT_MODE_DIVERT && has_backend ? QT_DIVERT
											   : QT_COPY;
	if (is_refused_unseen() || !is_within_budget(QT_BUDGET_LONG, metadata->time)) {
		count_frame(QT_OVER_BUDGET, length);
		return QT_IGNORE;
	}
	return config.mode == QT_MODE_DIVERT && has_backend ? QT_DIVERT : QT_COPY;
}

/* In front of the frame, in the metadata area or, where the driver has none, in the frame's headroom. Where it
 * has neither, user space parses the frame itself. */
static __always_inline void write_metadata(struct xdp_md *ctx, const struct qt_metadata *metadata)
{
	struct qt_metadata *room;

	if (bpf_xdp_adjust_meta(ctx, -(int)sizeof(*metadata)) == 0) {
		room = (void *)(long)ctx->data_meta;
		if ((void *)(room + 1) <= (void *)(long)ctx->data)
			*room = *metadata;
	} else if (bpf_xdp_adjust_head(ctx, -(int)sizeof(*metadata)) == 0) {
		room = (void *)(long)ctx->data;
		if ((void *)(room + 1) <= (void *)(long)ctx->data_end)
			*room = *metadata;
	}
}

/* True: the frame is on its way to the socket of its slot. False: no socket is there, or the frame is too long
 * for one, or in several pieces; the frame has not changed. */
static __always_inline bool redirect_to_socket(struct xdp_md *ctx, const struct qt_metadata *metadata,
					       __u32 length)
{
	__u32 slot = metadata->rx_queue * constants.slots + metadata->backend % constants.slots;

	if (length > constants.max_frame || (constants.has_frags && length > ctx->data_end - ctx->data))
		return false;
	if (bpf_redirect_map(&xsks_map, slot, XDP_PASS) != XDP_REDIRECT) {
		count_frame(QT_NO_SOCKET, length);
		return false;
	}
	write_metadata(ctx, metadata);
	count_frame(QT_REDIRECTED, length);
	return true;
}

/*
 * The first `size` bytes of the frame, which has them, as bpf_xdp_load_bytes copies them; `most` bounds the
 * loop. For Linux before 5.18: a frame is in one piece there.
 */
static __always_inline void copy_packet(const struct xdp_md *ctx, __u8 *to, __u32 size, const __u32 most)
{
	const __u8 *from = (const __u8 *)(long)ctx->data;
	const __u8 *end = (const __u8 *)(long)ctx->data_end;
	__u32 done = 0;

	for (; done + sizeof(__u64) <= most && done + sizeof(__u64) <= size; done += sizeof(__u64)) {
		if (!qt_can_read(&from, sizeof(__u64), end))
			return;
		*(__u64 *)(to + done) = *(const __u64 *)from; /* no CPU that BPF is compiled for minds */
		from += sizeof(__u64);
	}
	for (__u32 i = 0; i < sizeof(__u64) && done < most && done < size; i++, done++) {
		if (!qt_can_read(&from, 1, end))
			return;
		to[done] = *from++;
	}
}

/* Reserves a record of `size` bytes for the frame and copies what fits. False: the ring buffer is full. */
static __always_inline bool copy_frame(struct xdp_md *ctx, const struct qt_metadata *metadata, __u32 length,
				       const __u32 size)
{
	struct qt_tap_header *record = reserve_record(size);
	__u64 captured = length < size ? length : size;

	if (!record)
		return false;
	if (!qt_is_between(&captured, 1, size)) {
		discard_record(record);
		return false;
	}
	record->metadata = *metadata;
	record->captured = captured;
	record->length = length;
	if (constants.has_xdp_load_bytes)
		bpf_xdp_load_bytes(ctx, 0, record + 1, captured);
	else
		copy_packet(ctx, (__u8 *)(record + 1), captured, size);
	submit_record(record);
	return true;
}

static __always_inline void copy_to_tap(struct xdp_md *ctx, const struct qt_packet *packet,
					const struct qt_metadata *metadata, __u32 length)
{
	bool copied;

	count_frame(QT_TAPPED, length);
	if (length <= QT_TAP_SMALL && constants.tap_size > QT_TAP_SMALL)
		copied = copy_frame(ctx, metadata, length, QT_TAP_SMALL);
	else if (is_cut_short(packet))
		copied = copy_frame(ctx, metadata, length, constants.tap_other_size);
	else
		copied = copy_frame(ctx, metadata, length, constants.tap_size);
	if (!copied)
		count_frame(QT_TAP_FULL, length);
}

/* Of what is to be copied or diverted; returns the XDP action. */
static __always_inline int deliver(struct xdp_md *ctx, const struct qt_packet *packet,
				   const struct qt_metadata *metadata, __u32 length, enum qt_action action)
{
	if (packet->is_short)
		count_frame(QT_SHORT_HEADER_RECORDED, length);
	if (action == QT_DIVERT && redirect_to_socket(ctx, metadata, length))
		return XDP_REDIRECT;
	copy_to_tap(ctx, packet, metadata, length);
	return XDP_PASS;
}

#endif
