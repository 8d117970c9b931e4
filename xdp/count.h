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

/*
 * Counts a packet under its DCID and, when that is CIDv1, writes cid_backend_map and the metadata's backend.
 * A DCID over QT_CID_MAX bytes does not fit the key and would be mistaken for another: it is not counted here.
 */
static __always_inline bool count_cid(const struct qt_cid *dcid, __u32 length, struct qt_metadata *metadata)
{
	struct qt_cid_count *count;
	struct qt_cid_backend route = {};

	if (dcid->length > QT_CID_MAX)
		return false;
	count = bpf_map_lookup_elem(&cid_counter, dcid);
	if (!count) {
		struct qt_cid_count first = {.first_seen = metadata->time, .last_seen = metadata->time};

		/* Another CPU may have been quicker (BPF_NOEXIST), or no entry was free: look again. */
		bpf_map_update_elem(&cid_counter, dcid, &first, BPF_NOEXIST);
		count = bpf_map_lookup_elem(&cid_counter, dcid);
	}
	if (count) {
		__sync_fetch_and_add(&count->packets, 1);
		__sync_fetch_and_add(&count->bytes, length);
		count->last_seen = metadata->time;
	}

	if (!qt_cidv1_backend(dcid, &metadata->backend))
		return false;
	metadata->flags |= QT_HAS_BACKEND;
	/* The lookup also keeps the entry from being the least recently used. */
	if (!bpf_map_lookup_elem(&cid_backend_map, dcid)) {
		route.backend_id = metadata->backend;
		route.queue = metadata->backend % QT_QUEUES;
		bpf_map_update_elem(&cid_backend_map, dcid, &route, BPF_ANY);
	}
	return true;
}

#endif
