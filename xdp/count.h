/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* How the programs count: a frame's fate, and a packet under its connection ID. BPF only. */
#ifndef QUIC_TOP_COUNT_H
#define QUIC_TOP_COUNT_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "quic.h"
#include "maps.h"

/* The only place that moves a counter; `map` is `counters` or `egress_counters`. */
static __always_inline void count_in(void *map, enum qt_counter reason, __u32 length)
{
	__u32 key = reason;
	struct qt_count *count = bpf_map_lookup_elem(map, &key);

	if (count) {
		count->packets++;
		count->bytes += length;
	}
}

/* Moves the entry of a CID in cid_counter; returns about how many packets it had (another CPU may count at the
 * same time): 0 also where none is counted. */
static __always_inline __u64 count_packet(const struct qt_cid *dcid, __u32 length, __u64 time)
{
	struct qt_cid_count first = {.packets = 1, .bytes = length, .first_seen = time, .last_seen = time};
	struct qt_cid_count *count = bpf_map_lookup_elem(&cid_counter, dcid);
	__u64 before;

	if (!count) {
		if (bpf_map_update_elem(&cid_counter, dcid, &first, BPF_NOEXIST) == 0)
			return 0;
		/* Another CPU was quicker, or no entry was free: look again. */
		count = bpf_map_lookup_elem(&cid_counter, dcid);
		if (!count)
			return 0;
	}
	before = count->packets;
	count->last_seen = time;
	/* Neither the old values are asked for nor an order: either makes an instruction that came with
	 * Linux 5.12. */
	__atomic_fetch_add(&count->bytes, length, __ATOMIC_RELAXED);
	__atomic_fetch_add(&count->packets, 1, __ATOMIC_RELAXED);
	return before;
}

/*
 * The first packet of a CID writes its entry in cid_backend_map. For the next so many, and for every so many
 * after them, it is looked for: that keeps it from being the least recently used, and writes it again should it
 * have had to go. A lookup for every packet costs as much as all that is parsed of it; but most connections
 * have only a few long headers.
 */
enum {
	ROUTE_EVERY = 8
};

static __always_inline void write_route(const struct qt_cid *dcid, __u32 backend, bool is_new)
{
	struct qt_cid_backend route = {.backend_id = backend, .queue = backend % QT_QUEUES};

	/* One that cid_counter did not hold is hardly ever in here; if it is, this takes its place. */
	if (is_new || !bpf_map_lookup_elem(&cid_backend_map, dcid))
		bpf_map_update_elem(&cid_backend_map, dcid, &route, BPF_ANY);
}

/*
 * Counts a packet to a watched port under its DCID, and writes cid_backend_map when that names a server. A DCID
 * over QT_CID_MAX bytes does not fit the key and would be mistaken for another: it is not counted here.
 */
static __always_inline void count_cid(const struct qt_packet *packet, const struct qt_metadata *metadata,
				      __u32 length)
{
	const struct qt_cid *dcid = &packet->dcid;
	__u64 before;

	if (packet->from_watched || dcid->length > QT_CID_MAX)
		return;
	before = count_packet(dcid, length, metadata->time);
	if (metadata->flags & QT_HAS_BACKEND && (before < ROUTE_EVERY || before % ROUTE_EVERY == 0))
		write_route(dcid, metadata->backend, before == 0);
}

#endif
