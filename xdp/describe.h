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

/* What the CID of the server says. In packets from a watched port that is the SCID, which user space reads. */
static __always_inline void describe_cid(const struct qt_packet *packet, struct qt_metadata *metadata)
{
	struct qt_cid_meaning meaning;
	const struct qt_cid_backend *opened;

	if (packet->from_watched)
		return;
	qt_read_cid(constants.cid_layouts, packet->dcid.bytes, packet->dcid.length, &meaning);
	/* One that takes a key is known from its second packet on. */
	if (meaning.sealed) {
		opened = bpf_map_lookup_elem(&cid_backend_map, &packet->dcid);
		meaning.has_id = opened != NULL;
		meaning.backend = opened ? opened->backend_id : 0;
	}
	if (!qt_names_server(&meaning))
		return;
	metadata->flags |= QT_HAS_BACKEND;
	metadata->backend = meaning.backend;
}

/* `time` is when the packet came: CLOCK_MONOTONIC nanoseconds. */
static __always_inline void describe(const struct qt_packet *packet, __u64 time, struct qt_metadata *metadata)
{
	__builtin_memset(metadata, 0, sizeof(*metadata));
	metadata->magic = constants.metadata_magic;
	metadata->time = time;
	qt_fill_metadata(packet, metadata);
	describe_cid(packet, metadata);
}

#endif
