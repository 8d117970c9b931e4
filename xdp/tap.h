/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* How a program puts a copy into the tap buffer of its CPU. BPF only. */
#ifndef QUIC_TOP_TAP_H
#define QUIC_TOP_TAP_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "config.h"
#include "maps.h"
#include "quic.h"

/* Whether less is copied of it than of others. */
static __always_inline bool is_cut_short(const struct qt_packet *packet)
{
	return constants.tap_other_size < constants.tap_size && packet->type != QT_TYPE_INITIAL;
}

/* Room for a record of `size` bytes behind its header, or NULL: the buffer is full. */
static __always_inline struct qt_tap_header *reserve_record(const __u64 size)
{
	__u32 key = bpf_get_smp_processor_id() % QT_TAP_BUFFERS;
	void *buffer = bpf_map_lookup_elem(&tap_buffers, &key);

	return buffer ? bpf_ringbuf_reserve(buffer, sizeof(struct qt_tap_header) + size, 0) : NULL;
}

static __always_inline void discard_record(struct qt_tap_header *record)
{
	bpf_ringbuf_discard(record, BPF_RB_NO_WAKEUP);
}

/*
 * Who drains sleeps by the clock while there is something to do: a wake-up for each packet would cost more than
 * the copy. A record is reserved by now, so either this sees that he is about to sleep, or he sees the record.
 */
static __always_inline void submit_record(struct qt_tap_header *record)
{
	bpf_ringbuf_submit(record, config.wakes ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP);
}

#endif
