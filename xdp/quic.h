/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The version-independent part of a QUIC packet (RFC 8999), and the fate of a frame.
 * Compiles as BPF C and as C++17, like parse.h.
 */
#ifndef QUIC_TOP_QUIC_H
#define QUIC_TOP_QUIC_H

#include "parse.h"

enum qt_quic_limits {
	QT_LONG_FORM_BIT = 0x80,
	QT_FIXED_BIT = 0x40,
	/* Form byte, version, DCID length: what comes before the DCID of a long header. */
	QT_LONG_PREFIX = 6,
	/* Bytes of an AEAD's tag (RFC 9001 section 5.3), and of a Retry's (RFC 9000 section 17.2.5). */
	QT_AEAD_TAG = 16,
	/* Bytes behind the DCID of a short header, at least: what header protection takes its sample from
	 * (RFC 9001 section 5.4.2). */
	QT_SHORT_LEAST = 4 + 16,
};

/* QUIC versions whose packet types are known. */
enum qt_quic_version {
	QT_QUIC_NEGOTIATION = 0,
	QT_QUIC_V1 = 0x00000001,
	QT_QUIC_V2 = 0x6b3343cf,       /* RFC 9369 */
	QT_QUIC_V2_DRAFT = 0x709a50c4, /* draft-ietf-quic-v2-01 and later, before the final number */
	/* The first three bytes of a draft's version; the last is its number, from the first of these to the
	 * last. */
	QT_QUIC_DRAFTS = 0xff0000,
	QT_QUIC_FIRST_DRAFT = 23,
	QT_QUIC_LAST_DRAFT = 32,
	/* Whose keys are tried on packets of versions that are not known. */
	QT_QUIC_GUESSED_DRAFT = 29,
	/* The same of mvfst's own versions: 1 is like draft-24, 2 is like draft-27. */
	QT_QUIC_MVFST = 0xfaceb0,
	QT_QUIC_FIRST_MVFST = 1,
	QT_QUIC_LAST_MVFST = 2,
	/* Google's last ones before it spoke drafts, by their names in ASCII: packets are those of drafts,
	 * frames are its own. The handshake is its own in Q050, and TLS in the others. */
	QT_QUIC_Q050 = 0x51303530,
	QT_QUIC_T050 = 0x54303530,
	QT_QUIC_T051 = 0x54303531,
};

/* Packet types, whatever bits the version codes them with. */
enum qt_packet_type {
	QT_TYPE_UNKNOWN = 0,
	/* In the order of the bits of version 1 (RFC 9000 section 17.2). */
	QT_TYPE_INITIAL = 1,
	QT_TYPE_0RTT = 2,
	QT_TYPE_HANDSHAKE = 3,
	QT_TYPE_RETRY = 4,
	QT_TYPE_VERSION_NEGOTIATION = 5,
	QT_TYPE_1RTT = 6, /* the one with a short header (RFC 9000 section 17.3.1) */
};

/* Whether a version codes its packet types as version 1 does (RFC 9000 section 17.2). */
static __always_inline bool qt_has_version_1_types(__u32 version)
{
	__u32 last = version & 0xff;

	if (version >> 8 == QT_QUIC_DRAFTS)
		return last >= QT_QUIC_FIRST_DRAFT && last <= QT_QUIC_LAST_DRAFT;
	if (version >> 8 == QT_QUIC_MVFST)
		return last >= QT_QUIC_FIRST_MVFST && last <= QT_QUIC_LAST_MVFST;
	return version == QT_QUIC_V1 || version == QT_QUIC_Q050 || version == QT_QUIC_T050 ||
	       version == QT_QUIC_T051;
}

/* The type of a long header packet, of its version and first byte. */
static __always_inline enum qt_packet_type qt_packet_type_of(__u32 version, __u8 first_byte)
{
	__u32 bits = (first_byte >> 4) & 3;

	if (version == QT_QUIC_NEGOTIATION)
		return QT_TYPE_VERSION_NEGOTIATION;
	if (version == QT_QUIC_V2 || version == QT_QUIC_V2_DRAFT)
		bits = (bits + 3) & 3; /* RFC 9369 section 3.2: each one higher */
	else if (!qt_has_version_1_types(version))
		return QT_TYPE_UNKNOWN;
	return (enum qt_packet_type)(QT_TYPE_INITIAL + bits);
}

/* A frame, classified. Of one that is not QT_LONG_HEADER or QT_SHORT_HEADER it means nothing. */
struct qt_packet {
	struct qt_datagram datagram;
	struct qt_path path __attribute__((aligned(8)));
	bool from_watched; /* the destination port is not watched, the source port is */
	/* Of the first packet of the datagram. */
	bool is_short;
	bool has_fixed_bit; /* of a short header */
	__u8 cid_length;    /* the same, as in qt_metadata */
	__u8 type;          /* enum qt_packet_type */
	/* Its length is the one on the wire; bytes are cut after QT_CID_MAX. Filled eight at a time. That of a
	 * short header is here once qt_read_short() has read it; before that it is empty. */
	struct qt_cid dcid __attribute__((aligned(8)));
};

static __always_inline bool qt_port_watched(const volatile struct qt_config *config, __u16 port)
{
	return (config->ports[port / 64] >> (port % 64)) & 1;
}

/* The first `count` bytes of a word as they lie in memory; the others are zero. */
static __always_inline __u64 qt_first_bytes(__u64 word, __u32 count)
{
	if (count == 0)
		return 0;
	if (count >= sizeof(word))
		return word;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return word & (~(__u64)0 >> (64 - 8 * count));
#else
	return word & (~(__u64)0 << (64 - 8 * count));
#endif
}

/* The same of the bytes at `p`, of which only so many may be read. */
QT_ONCE __u64 qt_load_few(const __u8 *p, __u32 count, const __u8 *end)
{
	__u64 word = 0;

	QT_UNROLL
	for (__u32 i = 0; i < sizeof(word); i++) {
		if (i >= count || !qt_can_read(&p, 1, end))
			break;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
		word |= (__u64)*p++ << (8 * i);
#else
		word |= (__u64)*p++ << (56 - 8 * i);
#endif
	}
	return word;
}

/*
 * Fills *cid, which lies on a multiple of 8, with the `length` bytes of a CID behind the byte at `p`: that is
 * its length byte, or the first byte of a short header. All of it lies before `end`, but the verifier needs to
 * see it said.
 */
QT_ONCE void qt_copy_cid(const __u8 *p, __u32 length, const __u8 *end, struct qt_cid *cid)
{
	__u32 count = 1 + (length < QT_CID_MAX ? length : QT_CID_MAX);
	__u64 words[3];

	if (qt_can_read(&p, sizeof(words), end)) {
		words[0] = qt_first_bytes(qt_load_u64(p), count);
		words[1] = qt_first_bytes(qt_load_u64(p + 8), count > 8 ? count - 8 : 0);
		words[2] = qt_first_bytes(qt_load_u64(p + 16), count > 16 ? count - 16 : 0);
	} else {
		words[0] = qt_load_few(p, count, end);
		words[1] = qt_load_few(p + 8, count > 8 ? count - 8 : 0, end);
		words[2] = qt_load_few(p + 16, count > 16 ? count - 16 : 0, end);
	}
	__builtin_memcpy(__builtin_assume_aligned(cid, sizeof(words[0])), words, sizeof(*cid));
	cid->length = (__u8)length;
}

/*
 * Reads the first long header of a datagram: version, DCID and SCID must lie within its `length` bytes, and
 * within what is here of it. The cursor stands on the payload and does not move on. Returns the frame's fate.
 */
static __always_inline enum qt_counter parse_quic(const struct cursor *c, __u32 length,
						  struct qt_packet *packet)
{
	const __u8 *p = c->pos, *scid;
	__u32 dcid_length, scid_length;

	if (length < 1 || !qt_can_read(&p, 1, c->end))
		return QT_TRUNCATED;
	if (!(p[0] & QT_LONG_FORM_BIT)) {
		packet->is_short = true;
		packet->has_fixed_bit = p[0] & QT_FIXED_BIT;
		packet->cid_length = QT_CID_LENGTH_UNKNOWN;
		packet->type = QT_TYPE_1RTT;
		__builtin_memset(&packet->dcid, 0, sizeof(packet->dcid));
		return QT_SHORT_HEADER;
	}
	if (length < QT_LONG_PREFIX || !qt_can_read(&p, QT_LONG_PREFIX, c->end))
		return QT_TRUNCATED;
	packet->is_short = false;
	packet->has_fixed_bit = false;
	packet->cid_length = 0;
	packet->type = qt_packet_type_of(qt_be32(p + 1), p[0]);
	dcid_length = p[5];
	p += QT_LONG_PREFIX;
	scid = p + dcid_length;
	if (length < QT_LONG_PREFIX + dcid_length + 1 || !qt_can_read(&scid, 1, c->end))
		return QT_TRUNCATED;
	scid_length = *scid++;
	if (length < QT_LONG_PREFIX + dcid_length + 1 + scid_length)
		return QT_TRUNCATED;
	if (c->beyond && !qt_can_read(&scid, scid_length, c->end))
		return QT_TRUNCATED;
	qt_copy_cid(p - 1, dcid_length, c->end, &packet->dcid);
	return QT_LONG_HEADER;
}

/*
 * Reads the DCID of a short header (RFC 9000 section 17.3), which has `cid_length` bytes, at most QT_CID_MAX:
 * on it the cursor stands, of a datagram of `length` bytes. False: it is too short for one, or not here.
 */
QT_ONCE bool qt_read_short(const struct cursor *c, __u32 length, __u32 cid_length, struct qt_packet *packet)
{
	const __u8 *p = c->pos;

	if (length < 1 + cid_length + QT_SHORT_LEAST || cid_length > QT_CID_MAX ||
	    !qt_can_read(&p, 1 + cid_length, c->end))
		return false;
	packet->cid_length = (__u8)cid_length;
	qt_copy_cid(p, cid_length, c->end, &packet->dcid);
	return true;
}

/* Fills *to, which lies on a multiple of 4, with an address of so many 32-bit words. */
static __always_inline void qt_copy_address(const __u8 *address, const __u32 count, struct qt_endpoint *to)
{
	__u32 words[4] = {};

	QT_UNROLL
	for (__u32 i = 0; i < 4; i++) {
		if (i < count)
			words[i] = qt_load_u32(address + 4 * i);
		/* What is known to be 0 would make the verifier follow each IP version to the end. */
		QT_FORGET(words[i]);
	}
	__builtin_memcpy(__builtin_assume_aligned(to, sizeof(words[0])), words, sizeof(words));
}

/* Fills the path of a packet whose datagram was found. */
static __always_inline void qt_read_path(const struct cursor *c, struct qt_packet *packet)
{
	const struct qt_datagram *datagram = &packet->datagram;
	const __u8 *ip = c->start + (datagram->l3_offset & c->headers_mask);
	struct qt_path *path = &packet->path;
	struct qt_endpoint *source = packet->from_watched ? &path->server : &path->client;
	struct qt_endpoint *destination = packet->from_watched ? &path->client : &path->server;

	__builtin_memset(path, 0, sizeof(*path));
	if (datagram->ip_version == 4) {
		if (!qt_can_read(&ip, QT_IPV4_HEADER, c->end))
			return;
		qt_copy_address(ip + QT_IPV4_SOURCE, 1, source);
		qt_copy_address(ip + QT_IPV4_SOURCE + 4, 1, destination);
	} else {
		if (!qt_can_read(&ip, QT_IPV6_HEADER, c->end))
			return;
		qt_copy_address(ip + QT_IPV6_SOURCE, 4, source);
		qt_copy_address(ip + QT_IPV6_SOURCE + 16, 4, destination);
	}
	source->port = datagram->src_port;
	destination->port = datagram->dst_port;
	source->ip_version = destination->ip_version = datagram->ip_version;
}

/* A number that hardly two endpoints share: those of one IPv4 address never do. */
static __always_inline __u32 qt_mark_of(const struct qt_endpoint *endpoint)
{
	__u32 words[4], mark = endpoint->port;

	__builtin_memcpy(words, endpoint->address, sizeof(words));
	for (__u32 i = 0; i < 4; i++)
		mark = (mark ^ words[i]) * 0x9e3779b1; /* the golden ratio: odd, so nothing is lost */
	return mark ^ mark >> 15;
}

/* Whether they are the same; the second lies on a multiple of 4. */
static __always_inline bool qt_is_same_endpoint(const struct qt_endpoint *a,
						const volatile struct qt_endpoint *b)
{
	const __u8 *p = (const __u8 *)a;
	const volatile __u32 *q = (const volatile __u32 *)(const volatile void *)b;

	return qt_load_u32(p) == q[0] && qt_load_u32(p + 4) == q[1] && qt_load_u32(p + 8) == q[2] &&
	       qt_load_u32(p + 12) == q[3] && qt_load_u32(p + 16) == q[4];
}

/* Where a server is in qt_config.servers; QT_SERVERS: nowhere. */
static __always_inline __u32 qt_find_server(const volatile struct qt_config *config,
					    const struct qt_endpoint *endpoint)
{
	__u32 mark = qt_mark_of(endpoint);

	QT_UNROLL
	for (__u32 way = 0; way < QT_SERVER_WAYS; way++) {
		__u32 place = (mark + way) % QT_SERVERS;

		if (qt_is_same_endpoint(endpoint, &config->servers[place].endpoint))
			return place;
	}
	return QT_SERVERS;
}

/*
 * From the IP header, on which the cursor stands, to the payload of a datagram to or from a watched port. A
 * port is watched in both directions: packets to it, and packets from it. False: `fate` is the frame's.
 */
static __always_inline bool qt_find_datagram(struct cursor *c, enum qt_ethertype ethertype,
					     const volatile struct qt_config *config, struct qt_packet *out,
					     enum qt_counter *fate)
{
	if (!parse_udp(c, ethertype, &out->datagram, fate))
		return false;
	out->from_watched = !qt_port_watched(config, out->datagram.dst_port);
	*fate = QT_OTHER_PORT;
	if (out->from_watched && !qt_port_watched(config, out->datagram.src_port))
		return false;
	qt_read_path(c, out);
	return true;
}

/*
 * The fate of a frame of which the link header is behind the cursor, one of QT_NOT_IP .. QT_LONG_HEADER. `out`
 * is filled when the answer is QT_LONG_HEADER.
 */
static __always_inline enum qt_counter qt_classify_ip(struct cursor *c, enum qt_ethertype ethertype,
						      const volatile struct qt_config *config,
						      struct qt_packet *out)
{
	enum qt_counter fate;

	if (!qt_find_datagram(c, ethertype, config, out, &fate))
		return fate;
	return parse_quic(c, out->datagram.payload_length, out);
}

/* The fate of an Ethernet frame, as qt_classify_ip gives it. `beyond` bytes of it are not between data and end.
 */
static __always_inline enum qt_counter qt_classify(const __u8 *data, const __u8 *end, __u32 beyond,
						   const volatile struct qt_config *config,
						   struct qt_packet *out)
{
	struct cursor c = cursor_at(data, end, beyond);
	enum qt_ethertype ethertype;

	if (!parse_ethernet(&c, &ethertype))
		return QT_TRUNCATED;
	return qt_classify_ip(&c, ethertype, config, out);
}

/* At the UDP payload of a frame that qt_classify() has found one in. */
static __always_inline struct cursor cursor_at_payload(const __u8 *data, const __u8 *end, __u32 beyond,
						       const struct qt_packet *packet)
{
	struct cursor c = cursor_at(data, end, beyond);

	c.pos += (packet->datagram.l4_offset + QT_UDP_HEADER) & QT_HEADERS_MASK;
	return c;
}

/* What the parser knows of a frame; all of the metadata but magic, time, RX queue and backend. */
static __always_inline void qt_fill_metadata(const struct qt_packet *packet, struct qt_metadata *metadata)
{
	metadata->flags = packet->from_watched ? QT_FROM_WATCHED : 0;
	if (packet->is_short) {
		metadata->flags |= QT_SHORT;
		metadata->cid_length = packet->cid_length;
	}
	metadata->l3_offset = packet->datagram.l3_offset;
	metadata->l4_offset = packet->datagram.l4_offset;
	metadata->payload_length = packet->datagram.payload_length;
	metadata->src_port = packet->datagram.src_port;
	metadata->dst_port = packet->datagram.dst_port;
}

#endif
