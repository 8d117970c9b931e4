/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * How the programs read a short header (RFC 8999 section 5.2): most of what is sent has one. It does not tell
 * how long its DCID is, and what follows that is encrypted, and must not become part of a key. BPF only.
 */
#ifndef QUIC_TOP_SHORT_HEADER_H
#define QUIC_TOP_SHORT_HEADER_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "config.h"
#include "maps.h"
#include "quic.h"

/* Reads the DCID where it may have several lengths: as the longest of them of which such a CID was seen. */
static __always_inline void read_known_short(const struct cursor *c, __u32 payload, __u32 place,
					     struct qt_packet *packet)
{
	QT_UNROLL
	for (__u32 i = 0; i < QT_SERVER_LENGTHS; i++) {
		__u32 cid_length = config.servers[place % QT_SERVERS].cids.lengths[i];

		if (cid_length > 0 && qt_read_short(c, payload, cid_length, packet) &&
		    bpf_map_lookup_elem(&cid_counter, &packet->dcid))
			return;
	}
	packet->cid_length = QT_CID_LENGTH_UNKNOWN;
}

/*
 * Reads the DCID of a short header to a watched port, on which the cursor stands, where it can be told how long
 * it is. It begins a datagram of `payload` bytes.
 */
static __always_inline void read_short(const struct cursor *c, __u32 payload, struct qt_packet *packet)
{
	__u32 place = qt_find_server(&config, &packet->path.server), cid_length;
	const __u8 *cid = c->pos + 1;

	if (place < QT_SERVERS) {
		if (config.servers[place].cids.varies) {
			read_known_short(c, payload, place, packet);
			return;
		}
		cid_length = config.servers[place].cids.lengths[0];
	} else {
		if (!qt_can_read(&cid, 1, c->end))
			return;
		cid_length = qt_given_cid_length(constants.cid_layouts, *cid);
	}
	if (cid_length > 0)
		qt_read_short(c, payload, cid_length, packet);
}

#endif
