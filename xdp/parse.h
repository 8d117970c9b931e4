/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * From a frame to its UDP payload: Ethernet, up to two VLAN tags, IPv4, IPv6, UDP. The one parser of the
 * project: compiles as BPF C for the XDP program and as C++17 for the addon, the tests and the fuzzers. Never
 * reads past `end`, loops are bounded, and nothing is assumed about the bytes.
 */
#ifndef QUIC_TOP_PARSE_H
#define QUIC_TOP_PARSE_H

#include <stdbool.h>

#include "bounds.h"
#include "quic_top_abi.h"

enum qt_ethertype {
	QT_ETH_NONE = 0, /* of what is not IP, where no header says what it is */
	QT_ETH_IPV4 = 0x0800,
	QT_ETH_IPV6 = 0x86dd,
	QT_ETH_8021Q = 0x8100,
	QT_ETH_8021AD = 0x88a8,
	QT_ETH_QINQ = 0x9100, /* of stacked tags before 802.1ad; switches still send it */
};

/* IANA protocol numbers; the IPv6 extension headers are those of RFC 7045. */
enum qt_ip_protocol {
	QT_IP_HOP_BY_HOP = 0,
	QT_IP_UDP = 17,
	QT_IP_ROUTING = 43,
	QT_IP_FRAGMENT = 44,
	QT_IP_AUTH = 51,
	QT_IP_DEST_OPTIONS = 60,
	QT_IP_MOBILITY = 135,
	QT_IP_HIP = 139,
	QT_IP_SHIM6 = 140,
};

enum qt_parse_limits {
	QT_ETH_HEADER = 14,
	QT_VLAN_TAG = 4,
	QT_VLAN_MAX_DEPTH = 2,
	QT_IPV4_HEADER = 20,
	QT_IPV4_SOURCE = 12, /* where the source address is; the destination's is behind it */
	QT_IPV6_HEADER = 40,
	QT_IPV6_SOURCE = 8,
	/* A chain of more IPv6 extension headers than this counts as QT_NOT_UDP. */
	QT_IPV6_EXT_MAX_CHAIN = 8,
	QT_UDP_HEADER = 8,
	/* The UDP header starts below this: Ethernet, two tags, IPv6, and QT_IPV6_EXT_MAX_CHAIN headers of at
	 * most 2048 bytes. */
	QT_HEADERS_MASK = 0x7fff,
};

/*
 * Where parsing stands. `end` is one past the last byte and never moves, which is what the verifier tracks.
 * `beyond` bytes followed it on the wire and are not here: 0 unless a capture was cut by its snap length, or a
 * program sees a frame's first bytes only.
 */
struct cursor {
	const __u8 *start;
	const __u8 *pos;
	const __u8 *end;
	__u32 beyond;
	bool cut; /* cursor_take() was asked for bytes that are beyond */
	/* A constant, one less than a power of two: what comes before the UDP header has no more bytes. */
	__u32 headers_mask;
};

/* The last two bits of the traffic class (RFC 3168 section 5). */
enum qt_ecn {
	QT_ECN_NONE = 0,
	QT_ECN_CE = 3,
};

/* A UDP datagram inside a frame. Offsets count from the frame's start; ports and lengths are in host order. */
struct qt_datagram {
	__u16 l3_offset;
	__u16 l4_offset;
	__u16 src_port;
	__u16 dst_port;
	__u16 payload_length; /* from the UDP header, or what the first fragment holds of it */
	__u8 ip_version;
	__u8 ecn; /* enum qt_ecn */
};

/* At the start of a frame of which the bytes from `data` to `end` are here, and `beyond` more are not. */
static __always_inline struct cursor cursor_at(const __u8 *data, const __u8 *end, __u32 beyond)
{
	struct cursor c = {data, data, end, beyond, false, QT_HEADERS_MASK};

	return c;
}

static __always_inline __u16 qt_be16(const __u8 *p)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return __builtin_bswap16(qt_load_u16(p));
#else
	return qt_load_u16(p);
#endif
}

static __always_inline __u32 qt_be32(const __u8 *p)
{
	return ((__u32)p[0] << 24) | ((__u32)p[1] << 16) | ((__u32)p[2] << 8) | p[3];
}

/*
 * Says again where the cursor stands, as a bounded offset. All ways to this line then look alike to the
 * verifier, and it follows one of them instead of each: without this it walks 740,000 instructions of its
 * million.
 */
static __always_inline void cursor_settle(struct cursor *c)
{
	c->pos = c->start + ((c->pos - c->start) & c->headers_mask);
}

/* Whether the `size` bytes from `p` on were on the wire, here or beyond what is here. `p` is not past the end.
 */
static __always_inline bool cursor_holds(const struct cursor *c, const __u8 *p, __u32 size)
{
	if (p + size <= c->end)
		return true;
	return c->beyond && size - (__u32)(c->end - p) <= c->beyond;
}

/*
 * Whether the frame has `size` more bytes here; then they are at *bytes, and the cursor advances past exactly
 * what was checked.
 */
static __always_inline bool cursor_take(struct cursor *c, __u32 size, const __u8 **bytes)
{
	const __u8 *p = c->pos;

	if (!qt_can_read(&p, size, c->end)) {
		c->cut = c->beyond && cursor_holds(c, c->pos, size);
		return false;
	}
	*bytes = p;
	c->pos = p + size;
	return true;
}

/* Reads the VLAN tags behind a link header that says `type`. False: the frame ends too early. */
static __always_inline bool parse_vlan_tags(struct cursor *c, __u16 type, enum qt_ethertype *ethertype)
{
	QT_UNROLL
	for (int i = 0; i < QT_VLAN_MAX_DEPTH; i++) {
		const __u8 *tag;

		if (type != QT_ETH_8021Q && type != QT_ETH_8021AD && type != QT_ETH_QINQ)
			break;
		if (!cursor_take(c, QT_VLAN_TAG, &tag))
			return false;
		type = qt_be16(tag + 2);
	}
	*ethertype = (enum qt_ethertype)type;
	return true;
}

/* Reads the Ethernet header and VLAN tags. False: the frame ends too early. */
static __always_inline bool parse_ethernet(struct cursor *c, enum qt_ethertype *ethertype)
{
	const __u8 *header;

	return cursor_take(c, QT_ETH_HEADER, &header) && parse_vlan_tags(c, qt_be16(header + 12), ethertype);
}

/* The start of an IP packet that has no header before it: it tells by itself which of the two it is. The cursor
 * does not move on. False: there is no byte. */
static __always_inline bool parse_raw(const struct cursor *c, enum qt_ethertype *ethertype)
{
	const __u8 *p = c->pos;

	if (!qt_can_read(&p, 1, c->end))
		return false;
	switch (*p >> 4) {
	case 4:
		*ethertype = QT_ETH_IPV4;
		break;
	case 6:
		*ethertype = QT_ETH_IPV6;
		break;
	default:
		*ethertype = QT_ETH_NONE;
	}
	return true;
}

/* What an IP header says about the packet behind it. */
struct qt_ip {
	enum qt_ip_protocol protocol;
	__u32 length;        /* bytes behind the last IP header, by the header's own length */
	bool more_fragments; /* this is a first fragment: the UDP length may exceed `length` */
	__u8 ecn;
};

/* Reads an IPv4 header. False: there is no packet of a transport behind it, and `fate` says why. */
static __always_inline bool parse_ipv4(struct cursor *c, struct qt_ip *ip, enum qt_counter *fate)
{
	const __u8 *header, *options;
	__u32 header_length, total_length;
	__u16 fragment;

	*fate = QT_TRUNCATED;
	if (!cursor_take(c, QT_IPV4_HEADER, &header))
		return false;
	header_length = (header[0] & 0x0f) * 4;
	total_length = qt_u16(qt_be16(header + 2));
	if ((header[0] >> 4) != 4 || header_length < QT_IPV4_HEADER)
		return false;
	if (total_length < header_length || !cursor_holds(c, header, total_length))
		return false;
	if (!cursor_take(c, header_length - QT_IPV4_HEADER, &options))
		return false;
	fragment = qt_be16(header + 6);
	*fate = QT_FRAGMENT;
	if (fragment & 0x1fff)
		return false;
	ip->more_fragments = fragment & 0x2000;
	ip->protocol = (enum qt_ip_protocol)header[9];
	ip->ecn = header[1] & QT_ECN_CE;
	ip->length = total_length - header_length;
	return true;
}

/* Walks the extension headers (RFC 8200 section 4). Same answers as parse_ipv4. */
static __always_inline bool parse_ipv6(struct cursor *c, struct qt_ip *ip, enum qt_counter *fate)
{
	const __u8 *header;
	__u8 next;

	*fate = QT_TRUNCATED;
	if (!cursor_take(c, QT_IPV6_HEADER, &header))
		return false;
	if ((header[0] >> 4) != 6)
		return false;
	next = header[6];
	ip->ecn = (header[1] >> 4) & QT_ECN_CE;
	ip->length = qt_u16(qt_be16(header + 4));
	ip->more_fragments = false;
	if (!cursor_holds(c, c->pos, ip->length))
		return false;

	QT_UNROLL
	for (int i = 0; i <= QT_IPV6_EXT_MAX_CHAIN; i++) {
		const __u8 *ext, *rest;
		__u32 size;

		cursor_settle(c);
		switch (next) {
		case QT_IP_HOP_BY_HOP:
		case QT_IP_ROUTING:
		case QT_IP_FRAGMENT:
		case QT_IP_AUTH:
		case QT_IP_DEST_OPTIONS:
		case QT_IP_MOBILITY:
		case QT_IP_HIP:
		case QT_IP_SHIM6:
			break;
		default:
			ip->protocol = (enum qt_ip_protocol)next;
			return true;
		}
		if (i == QT_IPV6_EXT_MAX_CHAIN)
			break;
		if (!cursor_take(c, 8, &ext) || ip->length < 8)
			return false;
		if (next == QT_IP_FRAGMENT) {
			__u16 fragment = qt_be16(ext + 2);

			if (fragment & 0xfff8) {
				*fate = QT_FRAGMENT;
				return false;
			}
			ip->more_fragments = fragment & 1;
			size = 8;
		} else if (next == QT_IP_AUTH) {
			size = (ext[1] + 2) * 4; /* RFC 4302 section 2.2: 4-byte units, minus 2 */
		} else {
			size = (ext[1] + 1) * 8;
		}
		if (ip->length < size || !cursor_take(c, size - 8, &rest))
			return false;
		ip->length -= size;
		next = ext[0];
	}
	*fate = QT_NOT_UDP;
	return false;
}

/*
 * From the IP header, on which the cursor stands, to the UDP payload. True: a UDP datagram was found, the
 * cursor stands on its payload and `out` is filled. False: `fate` is the frame's.
 */
static __always_inline bool parse_udp(struct cursor *c, enum qt_ethertype ethertype, struct qt_datagram *out,
				      enum qt_counter *fate)
{
	struct qt_ip ip = {};
	const __u8 *udp;
	__u32 udp_length, ip_version;

	out->l3_offset = (__u16)(c->pos - c->start);
	if (ethertype == QT_ETH_IPV4) {
		if (!parse_ipv4(c, &ip, fate))
			return false;
	} else if (ethertype == QT_ETH_IPV6) {
		if (!parse_ipv6(c, &ip, fate))
			return false;
	} else {
		*fate = QT_NOT_IP;
		return false;
	}
	*fate = QT_NOT_UDP;
	if (ip.protocol != QT_IP_UDP)
		return false;
	cursor_settle(c);
	out->l4_offset = (__u16)(c->pos - c->start);
	*fate = QT_TRUNCATED;
	if (!cursor_take(c, QT_UDP_HEADER, &udp) || ip.length < QT_UDP_HEADER)
		return false;
	udp_length = qt_u16(qt_be16(udp + 4));
	if (udp_length > ip.length) {
		if (!ip.more_fragments)
			return false;
		udp_length = ip.length;
	}
	if (udp_length < QT_UDP_HEADER)
		return false;
	ip_version = ethertype == QT_ETH_IPV4 ? 4 : 6;
	QT_FORGET(ip_version); /* all ways to this line look alike to the verifier */
	out->ip_version = (__u8)ip_version;
	out->ecn = ip.ecn;
	out->src_port = qt_u16(qt_be16(udp));
	out->dst_port = qt_u16(qt_be16(udp + 2));
	out->payload_length = (__u16)(udp_length - QT_UDP_HEADER);
	return true;
}

#endif
