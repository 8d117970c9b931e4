/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What is written down of a packet for user space: the same for every program. BPF only. */
#ifndef QUIC_TOP_DESCRIBE_H
#define QUIC_TOP_DESCRIBE_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "cid.h"
#include "config.h"
#include "maps.h"
#include "quic.h"
#include "short_header.h"

/*
 * Reads the DCID of a packet to a watched port, on whose payload the cursor stands, and what it says of its
 * server. In packets from a watched port the SCID does, which user space reads: of those *meaning is all zero.
 */
static __always_inline void read_dcid(const struct cursor *c, struct qt_packet *packet,
				      struct qt_cid_meaning *meaning)
{
	const struct qt_cid_backend *opened;

	if (packet->from_watched) {
		__builtin_memset(meaning, 0, sizeof(*meaning));
		return;
	}
	if (packet->is_short)
		read_short(c, packet->datagram.payload_length, packet);
	qt_read_cid(constants.cid_layouts, packet->dcid.bytes, packet->dcid.length, meaning);
	if (!meaning->sealed)
		return;
	/* One that takes a key is known from its second packet on. */
	opened = bpf_map_lookup_elem(&cid_backend_map, &packet->dcid);
	if (!opened)
		return;
	meaning->has_id = 1;
	meaning->backend = opened->backend_id;
	meaning->high = opened->server_id >> 32;
}

/* `time` is when the packet came: CLOCK_MONOTONIC nanoseconds. */
static __always_inline void describe(const struct qt_packet *packet, const struct qt_cid_meaning *meaning,
				     __u64 time, struct qt_metadata *metadata)
{
	__builtin_memset(metadata, 0, sizeof(*metadata));
	metadata->magic = constants.metadata_magic;
	metadata->time = time;
	qt_fill_metadata(packet, metadata);
	if (!qt_names_server(meaning))
		return;
	metadata->flags |= QT_HAS_BACKEND;
	metadata->backend = meaning->backend;
}

#endif
