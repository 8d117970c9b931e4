/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * How the programs count what comes from a watched port: by path, because many clients have no connection IDs,
 * and which of it may be a stateless reset. BPF only.
 */
#ifndef QUIC_TOP_REPLY_H
#define QUIC_TOP_REPLY_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "count.h"
#include "maps.h"
#include "quic.h"

enum {
	/* Bytes of a stateless reset, at least (RFC 9000 section 10.3): 5 that look like a short header, and
	 * the token. */
	QT_RESET_LEAST = 5 + 16,
};

static __always_inline bool is_same_cid(const struct qt_cid *a, const struct qt_cid *b)
{
	const __u8 *p = (const __u8 *)a, *q = (const __u8 *)b;

	return qt_load_u64(p) == qt_load_u64(q) && qt_load_u64(p + 8) == qt_load_u64(q + 8) &&
	       qt_load_u32(p + 16) == qt_load_u32(q + 16) && p[20] == q[20];
}

/*
 * Whether a short header from a server, on which the cursor stands, has another DCID than its client is known
 * to have, for the first time: the client goes on to another one, or it is a stateless reset. Reads the DCID.
 */
static __always_inline bool is_unmatched(const struct cursor *c, __u32 payload, struct qt_path_count *path,
					 struct qt_packet *packet)
{
	__u32 cid_length = path->client_cid.length;
	const __u8 *first = c->pos + 1;
	__u64 bytes;

	if (cid_length > QT_CID_MAX)
		return false;
	if (qt_read_short(c, payload, cid_length, packet) && is_same_cid(&packet->dcid, &path->client_cid))
		return false;
	if (cid_length == 0 || payload < QT_RESET_LEAST || !qt_can_read(&first, sizeof(bytes), c->end))
		return false;
	bytes = qt_load_u64(first);
	if (path->unmatched == bytes)
		return false;
	path->unmatched = bytes;
	return packet->has_fixed_bit;
}

/* Counts a packet from a watched port under its path. Returns whether a short header is to be recorded. */
static __always_inline bool count_reply(bool is_egress, const struct cursor *c, __u32 payload,
					struct qt_packet *packet, __u32 length, __u64 time)
{
	bool is_short = packet->is_short, is_recorded = false;
	struct qt_path_count *path = bpf_map_lookup_elem(&path_counter, &packet->path);

	if (!path) {
		struct qt_path_count first = {.first_seen = time,
					      .client_cid = {.length = QT_CID_LENGTH_UNKNOWN}};

		/* What has no fixed bit may be of another protocol. */
		if (is_short && (!packet->has_fixed_bit || !fits(is_egress, length, time)))
			return false;
		path = add_entry(&path_counter, &packet->path, &first);
		if (!path)
			return false;
	}
	if (is_short) {
		is_recorded = is_wanted(packet, is_unmatched(c, payload, path, packet));
		is_recorded = is_recorded && fits(is_egress, length, time);
	} else if (packet->dcid.length <= QT_CID_MAX && !is_same_cid(&packet->dcid, &path->client_cid)) {
		path->client_cid = packet->dcid;
	}
	path->last_seen = time;
	add_to(&path->bytes, length);
	add_ecn(packet, &path->ect_packets, &path->ce_packets);
	add_to(&path->packets, 1);
	return is_recorded;
}

/*
 * Counts a packet of a watched port, in whichever direction, of which the cursor stands on the payload. Returns
 * whether a short header is to be recorded.
 */
static __always_inline bool count_packet(bool is_egress, const struct cursor *c, struct qt_packet *packet,
					 const struct qt_cid_meaning *meaning, __u32 length, __u64 time)
{
	if (packet->from_watched)
		return count_reply(is_egress, c, packet->datagram.payload_length, packet, length, time);
	return count_cid(is_egress, packet, meaning, length, time);
}

#endif
