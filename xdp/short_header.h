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
QT_ONCE bool read_known_short(const struct cursor *c, __u32 payload, const struct qt_server_lengths *server,
			      struct qt_packet *packet)
{
	QT_UNROLL
	for (__u32 i = 0; i < QT_SERVER_LENGTHS; i++) {
		__u32 cid_length = server->lengths[i];

		if (cid_length > 0 && qt_read_short(c, payload, cid_length, packet) &&
		    bpf_map_lookup_elem(&cid_counter, &packet->dcid))
			return true;
	}
	packet->cid_length = QT_CID_LENGTH_UNKNOWN;
	return false;
}

/*
 * Reads the DCID of a short header to a watched port, on which the cursor stands. It begins a datagram of
 * `payload` bytes. False: how long it is cannot be told.
 */
static __always_inline bool read_short(const struct cursor *c, __u32 payload, struct qt_packet *packet)
{
	const struct qt_server_lengths *server = bpf_map_lookup_elem(&server_cid_lengths, &packet->path.server);
	const __u8 *cid = c->pos + 1;
	__u32 cid_length;

	if (server && server->varies)
		return read_known_short(c, payload, server, packet);
	if (!qt_can_read(&cid, 1, c->end))
		return false;
	cid_length = server ? server->lengths[0] : qt_given_cid_length(constants.cid_layouts, *cid);
	return cid_length > 0 && qt_read_short(c, payload, cid_length, packet);
}

#endif
