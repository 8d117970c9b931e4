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

/* The same of a counter that all CPUs share. Neither the old value is asked for nor an order: either makes an
 * instruction that came with Linux 5.12. */
static __always_inline void add_to(__u64 *counter, __u64 value)
{
	__atomic_fetch_add(counter, value, __ATOMIC_RELAXED);
}

static __always_inline void add_ecn(const struct qt_packet *packet, __u64 *ect_packets, __u64 *ce_packets)
{
	__u8 ecn = packet->datagram.ecn;

	if (ecn != QT_ECN_NONE)
		add_to(ecn == QT_ECN_CE ? ce_packets : ect_packets, 1);
}

/* Adds an entry to a map, unless another CPU was quicker; NULL: there is no room. */
static __always_inline void *add_entry(void *map, const void *key, const void *first)
{
	bpf_map_update_elem(map, key, first, BPF_NOEXIST);
	return bpf_map_lookup_elem(map, key);
}

/* Moves an entry of cid_counter; returns about how many packets it had: another CPU may count at the same time.
 */
static __always_inline __u64 move_cid(struct qt_cid_count *count, const struct qt_packet *packet, __u32 length,
				      __u64 time)
{
	__u64 before = count->packets;

	count->last_seen = time;
	add_to(&count->bytes, length);
	if (packet->is_short)
		add_to(&count->short_packets, 1);
	add_ecn(packet, &count->ect_packets, &count->ce_packets);
	add_to(&count->packets, 1);
	return before;
}

/* Counts a packet whose DCID a server chose, under the server that it names. */
static __always_inline void count_backend(bool is_egress, const struct qt_packet *packet,
					  const struct qt_cid_meaning *meaning, __u32 length)
{
	struct qt_backend key = {.server_id = qt_server_id_end(meaning), .layout = meaning->layout};
	struct qt_backend_count none = {}, *count = bpf_map_lookup_elem(&backend_counter, &key);

	if (!count)
		count = add_entry(&backend_counter, &key, &none);
	if (!count) {
		count_datagram(is_egress, QT_BACKEND_NOT_COUNTED, length);
		return;
	}
	count->packets++;
	count->bytes += length;
	if (packet->is_short) {
		count->short_packets++;
		count->short_bytes += length;
	}
	add_ecn(packet, &count->ect_packets, &count->ce_packets);
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

/* Counts a packet with a short header to a watched port whose DCID could not be read. */
QT_ONCE void count_unread(bool is_egress, __u16 port, __u32 length)
{
	__u32 key = port;
	struct qt_count none = {}, *count = bpf_map_lookup_elem(&unread_ports, &key);

	count_datagram(is_egress, QT_SHORT_HEADER_UNREAD, length);
	if (!count)
		count = add_entry(&unread_ports, &key, &none);
	if (count) {
		count->packets++;
		count->bytes += length;
	}
}

/*
 * Whether a short header is to be recorded. `is_event`: something is new about it. What is no QUIC never is: on
 * a shared port that is STUN or DTLS (RFC 9443 section 3), which has no fixed bit.
 */
static __always_inline bool is_wanted(const struct qt_packet *packet, bool is_event)
{
	if (config.short_mode == QT_SHORT_ALL)
		return packet->has_fixed_bit || packet->cid_length != QT_CID_LENGTH_UNKNOWN;
	if (config.short_mode != QT_SHORT_EVENTS)
		return false;
	return is_event || (config.sample > 0 && bpf_get_prandom_u32() % config.sample == 0);
}

/* Whether what is to be recorded, or makes an entry in a map, fits into the budget of short headers. */
static __always_inline bool fits(bool is_egress, __u32 length, __u64 time)
{
	if (is_within_budget(QT_BUDGET_SHORT, time))
		return true;
	count_datagram(is_egress, QT_SHORT_HEADER_OVER_BUDGET, length);
	return false;
}

/*
 * Counts a packet to a watched port under its DCID and the server that this names, and writes cid_backend_map.
 * A DCID over QT_CID_MAX bytes does not fit the key and would be mistaken for another: it is not counted here.
 * A short header without the fixed bit is only taken for QUIC when its CID is known (RFC 9287). Returns whether
 * a short header is to be recorded.
 */
static __always_inline bool count_cid(bool is_egress, struct qt_packet *packet,
				      const struct qt_cid_meaning *meaning, __u32 length, __u64 time)
{
	const struct qt_cid *dcid = &packet->dcid;
	bool is_short = packet->is_short, is_recorded = false, may_add = true;
	struct qt_cid_count first = {.first_seen = time, .client = qt_mark_of(&packet->path.client)};
	struct qt_cid_count *count = NULL;
	__u64 before = 0;

	if (dcid->length > QT_CID_MAX)
		return false;
	if (!is_short || packet->cid_length != QT_CID_LENGTH_UNKNOWN)
		count = bpf_map_lookup_elem(&cid_counter, dcid);
	if (is_short && !count && !packet->has_fixed_bit)
		packet->cid_length = QT_CID_LENGTH_UNKNOWN;
	if (is_short && packet->cid_length == QT_CID_LENGTH_UNKNOWN) {
		count_unread(is_egress, packet->datagram.dst_port, length);
		return is_wanted(packet, false) && fits(is_egress, length, time);
	}
	if (is_short) {
		count_datagram(is_egress, QT_SHORT_HEADER_READ, length);
		is_recorded = is_wanted(packet, !count || count->client != first.client);
		may_add = (count && !is_recorded) || fits(is_egress, length, time);
		is_recorded = is_recorded && may_add;
	}
	if (!count && may_add)
		count = add_entry(&cid_counter, dcid, &first);
	if (count) {
		before = move_cid(count, packet, length, time);
		/* What is not recorded stays to be. */
		if (may_add && count->client != first.client)
			count->client = first.client;
	}
	if (!qt_names_server(meaning))
		return is_recorded;
	/* Other long headers have CIDs that the client chose, or may have: what they name is chance. */
	if (is_short || packet->type == QT_TYPE_HANDSHAKE)
		count_backend(is_egress, packet, meaning, length);
	if (!is_short && (before < ROUTE_EVERY || before % ROUTE_EVERY == 0))
		write_route(dcid, meaning, before == 0);
	return is_recorded;
}

#endif
