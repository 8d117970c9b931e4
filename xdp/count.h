/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* How the programs count: a frame's fate, and a packet under its connection ID and its server. BPF only. */
#ifndef QUIC_TOP_COUNT_H
#define QUIC_TOP_COUNT_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "budget.h"
#include "cid.h"
#include "maps.h"
#include "quic.h"

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

/* The same of a datagram that arrives, or leaves. */
QT_ONCE void count_datagram(bool is_egress, enum qt_counter reason, __u32 length)
{
	if (is_egress)
		count_in(&egress_counters, reason, length);
	else
		count_in(&counters, reason, length);
}

/* Moves an entry of cid_counter; returns about how many packets it had: another CPU may count at the same time.
 */
static __always_inline __u64 move_cid(struct qt_cid_count *count, __u32 length, __u64 time, bool is_short)
{
	__u64 before = count->packets;

	count->last_seen = time;
	/* Neither the old values are asked for nor an order: either makes an instruction that came with
	 * Linux 5.12. */
	__atomic_fetch_add(&count->bytes, length, __ATOMIC_RELAXED);
	if (is_short)
		__atomic_fetch_add(&count->short_packets, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&count->packets, 1, __ATOMIC_RELAXED);
	return before;
}

/* Counts a packet whose DCID a server chose, under the server that it names. */
static __always_inline void count_backend(bool is_egress, const struct qt_cid_meaning *meaning, __u32 length,
					  bool is_short)
{
	struct qt_backend key = {.server_id = qt_server_id_end(meaning), .layout = meaning->layout};
	struct qt_backend_count none = {}, *count = bpf_map_lookup_elem(&backend_counter, &key);

	if (!count) {
		bpf_map_update_elem(&backend_counter, &key, &none, BPF_NOEXIST);
		count = bpf_map_lookup_elem(&backend_counter, &key);
	}
	if (!count) {
		count_datagram(is_egress, QT_BACKEND_NOT_COUNTED, length);
		return;
	}
	count->packets++;
	count->bytes += length;
	if (is_short) {
		count->short_packets++;
		count->short_bytes += length;
	}
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

static __always_inline void write_route(const struct qt_cid *dcid, const struct qt_cid_meaning *meaning,
					bool is_new)
{
	struct qt_cid_backend route = {.backend_id = meaning->backend,
				       .queue = meaning->backend % QT_QUEUES,
				       .server_id = qt_server_id_end(meaning)};

	/* One that cid_counter did not hold is hardly ever in here; if it is, this takes its place. */
	if (is_new || !bpf_map_lookup_elem(&cid_backend_map, dcid))
		bpf_map_update_elem(&cid_backend_map, dcid, &route, BPF_ANY);
}

/* Counts a packet with a short header whose DCID could not be read. */
QT_ONCE void count_unread(bool is_egress, __u16 port, __u32 length)
{
	__u32 key = port;
	struct qt_count none = {}, *count = bpf_map_lookup_elem(&unread_ports, &key);

	count_datagram(is_egress, QT_SHORT_HEADER_UNREAD, length);
	if (!count) {
		bpf_map_update_elem(&unread_ports, &key, &none, BPF_NOEXIST);
		count = bpf_map_lookup_elem(&unread_ports, &key);
	}
	if (count) {
		count->packets++;
		count->bytes += length;
	}
}

/*
 * Counts a packet to a watched port under its DCID and the server that this names, and writes cid_backend_map.
 * A DCID over QT_CID_MAX bytes does not fit the key and would be mistaken for another: it is not counted here.
 * A short header without the fixed bit is only taken for QUIC when its CID is known (RFC 9287): on a shared
 * port it is STUN or DTLS (RFC 9443 section 3). One with a new CID makes an entry within the budget only.
 */
static __always_inline void count_cid(bool is_egress, const struct qt_packet *packet,
				      const struct qt_cid_meaning *meaning, __u32 length, __u64 time)
{
	const struct qt_cid *dcid = &packet->dcid;
	struct qt_cid_count first = {.packets = 1,
				     .bytes = length,
				     .first_seen = time,
				     .last_seen = time,
				     .short_packets = packet->is_short};
	struct qt_cid_count *count;
	__u64 before = 0;

	if (packet->from_watched || dcid->length > QT_CID_MAX)
		return;
	count = bpf_map_lookup_elem(&cid_counter, dcid);
	if (packet->is_short) {
		if (!count && !packet->has_fixed_bit) {
			count_unread(is_egress, packet->datagram.dst_port, length);
			return;
		}
		count_datagram(is_egress, QT_SHORT_HEADER_READ, length);
	}
	if (!count) {
		if (packet->is_short && !is_within_budget(time))
			count_datagram(is_egress, QT_SHORT_HEADER_OVER_BUDGET, length);
		/* Where another CPU was quicker, or no entry was free: look again. */
		else if (bpf_map_update_elem(&cid_counter, dcid, &first, BPF_NOEXIST) != 0)
			count = bpf_map_lookup_elem(&cid_counter, dcid);
	}
	if (count)
		before = move_cid(count, length, time, packet->is_short);
	if (!qt_names_server(meaning))
		return;
	/* Other long headers have CIDs that the client chose, or may have: what they name is chance. */
	if (packet->is_short || packet->type == QT_TYPE_HANDSHAKE)
		count_backend(is_egress, meaning, length, packet->is_short);
	if (!packet->is_short && (before < ROUTE_EVERY || before % ROUTE_EVERY == 0))
		write_route(dcid, meaning, before == 0);
}

#endif
