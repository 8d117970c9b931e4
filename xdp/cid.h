/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What a connection ID says about the server that it belongs to. A scheme is data, not code: struct
 * qt_cid_layout tells where in the CID its parts are. The one reader of connection IDs: BPF C for the programs,
 * C++17 for the addon, the tests and the fuzzers.
 */
#ifndef QUIC_TOP_CID_H
#define QUIC_TOP_CID_H

#include "bounds.h"
#include "quic_top_abi.h"

#define QT_CIDV1_LAYOUT                                                                                        \
	{                                                                                                      \
		.scheme = QT_CID_CIDV1, .least = QT_CIDV1_LEAST, .most = QT_CID_MAX, .first_mask = 0xff,       \
		.first_value = QT_CIDV1_FIRST, .id_bit = QT_CIDV1_ID_BIT, .id_bits = QT_CIDV1_ID_BITS,         \
		.flags = QT_LAYOUT_IN_RETRY,                                                                   \
	}

/* What qt_read_cid() found. All zero: no layout fits. */
struct qt_cid_meaning {
	__u8 layout;     /* 1 + index of the layout that fits, 0: none does */
	__u8 unroutable; /* enum qt_unroutable: why no server is named although the layout fits */
	__u8 sealed;     /* what follows is to be read once it is opened, by qt_read_parts() */
	__u8 has_id;     /* `backend` was read */
	/* The server id's last 32 bits as a number, big-endian: all of an id that has no more. */
	__u32 backend;
	__u32 high;    /* the 32 bits before those */
	__u32 worker;  /* 0 where the scheme has none */
	__u32 process; /* the same */
};

/* Whether the CID names a server. */
static __always_inline bool qt_names_server(const struct qt_cid_meaning *meaning)
{
	return meaning->has_id;
}

/* The server id's last 64 bits as a number, big-endian. */
static __always_inline __u64 qt_server_id_end(const struct qt_cid_meaning *meaning)
{
	return (__u64)meaning->high << 32 | meaning->backend;
}

/*
 * `bits` bits (at most 32) from bit `bit` on, counted from the most significant one of byte 0, as a big-endian
 * number. They lie inside the QT_CID_MAX bytes. In the programs both are constants, so that nothing of this is
 * left but a few loads and shifts.
 */
static __always_inline __u32 qt_bits(const __u8 *bytes, __u32 bit, __u32 bits)
{
	__u32 first = bit / 8, end = bit + bits, last = (end - 1) / 8;
	__u64 value = 0;

	if (bits == 0)
		return 0;
	/* 32 bits that begin inside a byte reach into a fifth. */
	QT_UNROLL
	for (__u32 i = 0; i < 5; i++) {
		if (first + i > last || first + i >= QT_CID_MAX)
			break;
		value = (value << 8) | bytes[first + i];
	}
	return (__u32)((value >> ((8 - end % 8) % 8)) & (((__u64)1 << bits) - 1));
}

/* A number of `bits` bits, which are whole bytes, with its bytes in reverse order. */
static __always_inline __u32 qt_reversed(__u32 number, __u32 bits)
{
	return bits == 0 ? 0 : __builtin_bswap32(number) >> (32 - bits);
}

/*
 * The server id of a CID that the layout fits, right-aligned: big-endian in the last (id_bits + 7) / 8 bytes of
 * `id`, whose other bytes are zero. For user space: the programs need no more than its last 64 bits.
 */
static __always_inline void qt_read_server_id(const struct qt_cid_layout *layout, const __u8 *bytes,
					      struct qt_server_id *id)
{
	__u32 end = layout->id_bit + layout->id_bits;

	__builtin_memset(id, 0, sizeof(*id));
	id->length = (__u8)((layout->id_bits + 7) / 8);
	for (__u32 i = 0; i < id->length; i++) {
		__u32 left = layout->id_bits - 8 * i; /* bits that are not read yet */

		if (layout->flags & QT_LAYOUT_LITTLE_ID) {
			id->bytes[QT_SERVER_ID_MAX - 1 - i] = (__u8)qt_bits(bytes, layout->id_bit + 8 * i, 8);
			continue;
		}
		id->bytes[QT_SERVER_ID_MAX - 1 - i] = (__u8)qt_bits(
			bytes, left < 8 ? layout->id_bit : end - 8 * (i + 1), left < 8 ? left : 8);
	}
}

static __always_inline bool qt_is_odd(__u32 bits)
{
	bits ^= bits >> 8;
	bits ^= bits >> 4;
	bits ^= bits >> 2;
	bits ^= bits >> 1;
	return bits & 1;
}

/* Of a layout that has some. */
QT_ONCE bool qt_checks_hold(const volatile struct qt_cid_layout *layout, const __u8 *bytes)
{
	__u32 checked = qt_bits(bytes, 8 * layout->check_byte, 16);

	QT_UNROLL
	for (__u32 i = 0; i < sizeof(layout->check_masks) / sizeof(layout->check_masks[0]); i++) {
		if (i < layout->checks &&
		    qt_is_odd(checked & layout->check_masks[i]) != (layout->check_values >> i & 1))
			return false;
	}
	return true;
}

static __always_inline bool qt_layout_fits(const volatile struct qt_cid_layout *layout, const __u8 *bytes,
					   __u32 length)
{
	return layout->scheme != QT_CID_NONE && length >= layout->least && length <= layout->most &&
	       (bytes[0] & layout->first_mask) == layout->first_value &&
	       (layout->checks == 0 || qt_checks_hold(layout, bytes));
}

/* The server id of a CID that the layout fits, and that is open. */
QT_ONCE void qt_read_id(const volatile struct qt_cid_layout *layout, const __u8 *bytes,
			struct qt_cid_meaning *meaning)
{
	__u32 bits = layout->id_bits < 32 ? layout->id_bits : 32;
	__u32 high_bits = layout->id_bits - bits < 32 ? layout->id_bits - bits : 32;

	meaning->has_id = bits > 0;
	meaning->high = qt_bits(bytes, layout->id_bit + layout->id_bits - bits - high_bits, high_bits);
	meaning->backend = qt_bits(bytes, layout->id_bit + layout->id_bits - bits, bits);
	if (layout->flags & QT_LAYOUT_LITTLE_ID)
		meaning->backend = qt_reversed(meaning->backend, bits);
}

/* All parts of such a CID. */
static __always_inline void qt_read_parts(const volatile struct qt_cid_layout *layout, const __u8 *bytes,
					  struct qt_cid_meaning *meaning)
{
	qt_read_id(layout, bytes, meaning);
	meaning->worker = qt_bits(bytes, layout->worker_bit, layout->worker_bits);
	if (layout->flags & QT_LAYOUT_LITTLE_WORKER)
		meaning->worker = qt_reversed(meaning->worker, layout->worker_bits);
	if (layout->worker_mask)
		meaning->worker &= layout->worker_mask;
	if (layout->workers)
		meaning->worker %= layout->workers;
	meaning->process = qt_bits(bytes, layout->process_bit, layout->process_bits);
	if (layout->flags & QT_LAYOUT_LITTLE_PROCESS)
		meaning->process = qt_reversed(meaning->process, layout->process_bits);
}

/*
 * Reads a CID of `length` bytes by the first of the QT_CID_LAYOUTS layouts that fits. `bytes` has room for
 * QT_CID_MAX. A longer CID fits none. The programs need no more of it than the server id.
 */
static __always_inline void qt_read_cid(const volatile struct qt_cid_layout *layouts, const __u8 *bytes,
					__u32 length, struct qt_cid_meaning *meaning)
{
	__builtin_memset(meaning, 0, sizeof(*meaning));
	QT_UNROLL
	for (__u32 i = 0; i < QT_CID_LAYOUTS; i++) {
		const volatile struct qt_cid_layout *layout = &layouts[i];

		if (!qt_layout_fits(layout, bytes, length))
			continue;
		meaning->layout = (__u8)(i + 1);
		meaning->unroutable = layout->unroutable;
		meaning->sealed = meaning->unroutable == QT_ROUTABLE && layout->sealed > 0;
		if (meaning->unroutable != QT_ROUTABLE || meaning->sealed)
			return;
#ifdef __bpf__
		qt_read_id(layout, bytes, meaning);
#else
		qt_read_parts(layout, bytes, meaning);
#endif
		return;
	}
}

/*
 * How many bytes the DCID of a short header has that begins with the byte `first`, of a server of which nobody
 * knows more: as many as a layout says that the user gave and that knows only one length; 0: none says it.
 */
static __always_inline __u32 qt_given_cid_length(const volatile struct qt_cid_layout *layouts, __u8 first)
{
	QT_UNROLL
	for (__u32 i = 0; i < QT_CID_LAYOUTS; i++) {
		const volatile struct qt_cid_layout *layout = &layouts[i];

		if (layout->least == layout->most && layout->scheme != QT_CID_NONE &&
		    layout->flags & QT_LAYOUT_GIVEN && (first & layout->first_mask) == layout->first_value)
			return layout->least;
	}
	return 0;
}

#endif
