/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * How the programs read a short header (RFC 8999 section 5.2): most of what a server is sent has one. It does
 * not tell how long its DCID is, and what follows that is encrypted, and must not become part of a key. BPF
 * only.
 */
#ifndef QUIC_TOP_SHORT_HEADER_H
#define QUIC_TOP_SHORT_HEADER_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "config.h"
#include "count.h"
#include "maps.h"
#include "quic.h"

/* Reads the DCID where it may have several lengths: as the longest of them of which such a CID was seen. */
static __always_inline bool read_known_short(const struct cursor *c, __u32 payload, struct qt_packet *packet)
{
	QT_UNROLL
	for (__u32 i = 0; i < QT_VARYING_LENGTHS; i++) {
		__u32 cid_length = config.varying_lengths[i];

		if (cid_length > 0 && qt_read_short(c, payload, cid_length, packet) &&
		    bpf_map_lookup_elem(&cid_counter, &packet->dcid))
			return true;
	}
	return false;
}

/* Reads the DCID behind the first byte, on which the cursor stands. False: that cannot be. */
static __always_inline bool read_short(const struct cursor *c, __u32 payload, struct qt_packet *packet)
{
	const __u8 *cid = c->pos + 1;
	__u32 usual = config.cid_lengths[packet->datagram.dst_port], cid_length;

	if (!qt_can_read(&cid, 1, c->end))
		return false;
	cid_length = qt_short_cid_length(constants.cid_layouts, *cid, usual);
	if (cid_length == QT_CID_LENGTH_VARIES)
		return read_known_short(c, payload, packet);
	return cid_length > 0 && qt_read_short(c, payload, cid_length, packet);
}

/*
 * Whether a short header, on which the cursor stands, is to be counted under its DCID, which is read then. It
 * begins a datagram of `payload` bytes in a frame of `length`. Those from a watched port carry CIDs of clients.
 */
static __always_inline bool read_short_header(bool is_egress, const struct cursor *c, __u32 payload,
					      struct qt_packet *packet, __u32 length)
{
	if (packet->from_watched || (config.ifindex != 0 && config.mode == QT_MODE_IDLE))
		return false;
	if (read_short(c, payload, packet))
		return true;
	count_unread(is_egress, packet->datagram.dst_port, length);
	return false;
}

#endif
