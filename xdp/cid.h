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

/* CIDv1, the default: at least 4 bytes, byte 0 is 1, bytes 2-3 are the server id. */
#define QT_CIDV1_LAYOUT                                                                                        \
	{                                                                                                      \
		.scheme = QT_CID_CIDV1, .least = 4, .most = QT_CID_MAX, .first_mask = 0xff, .first_value = 1,  \
		.id_bit = 16, .id_bits = 16,                                                                   \
	}

/* What qt_read_cid() found. All zero: no layout fits. */
struct qt_cid_meaning {
	__u8 layout;     /* 1 + index of the layout that fits, 0: none does */
	__u8 unroutable; /* enum qt_unroutable: why no server is named although the layout fits */
	/* The server id's last 32 bits as a number, big-endian: all of an id that has no more. */
	__u32 backend;
	__u32 worker;  /* 0 where the scheme has none */
	__u32 process; /* the same */
};

/* Whether the CID names a server. */
static __always_inline bool qt_names_server(const struct qt_cid_meaning *meaning)
{
	return meaning->layout != 0 && meaning->unroutable == QT_ROUTABLE;
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

/*
 * The server id of a CID that the layout fits, right-aligned: big-endian in the last (id_bits + 7) / 8 bytes of
 * `id`, whose other bytes are zero. For user space: the programs need no more than its last 32 bits.
 */
static __always_inline void qt_read_server_id(const struct qt_cid_layout *layout, const __u8 *bytes,
					      struct qt_server_id *id)
{
	__u32 end = layout->id_bit + layout->id_bits;

	__builtin_memset(id, 0, sizeof(*id));
	id->length = (__u8)((layout->id_bits + 7) / 8);
	for (__u32 i = 0; i < id->length; i++) {
		__u32 left = layout->id_bits - 8 * i; /* bits that are not read yet */

		id->bytes[QT_SERVER_ID_MAX - 1 - i] = (__u8)qt_bits(
			bytes, left < 8 ? layout->id_bit : end - 8 * (i + 1), left < 8 ? left : 8);
	}
}

static __always_inline bool qt_layout_fits(const volatile struct qt_cid_layout *layout, const __u8 *bytes,
					   __u32 length)
{
	return layout->scheme != QT_CID_NONE && length >= layout->least && length <= layout->most &&
	       (bytes[0] & layout->first_mask) == layout->first_value;
}

/*
 * Reads a CID of `length` bytes by the first of the QT_CID_LAYOUTS layouts that fits. `bytes` has room for
 * QT_CID_MAX. A longer CID fits none.
 */
static __always_inline void qt_read_cid(const volatile struct qt_cid_layout *layouts, const __u8 *bytes,
					__u32 length, struct qt_cid_meaning *meaning)
{
	__builtin_memset(meaning, 0, sizeof(*meaning));
	QT_UNROLL
	for (__u32 i = 0; i < QT_CID_LAYOUTS; i++) {
		const volatile struct qt_cid_layout *layout = &layouts[i];
		__u32 bits = layout->id_bits < 32 ? layout->id_bits : 32;

		if (!qt_layout_fits(layout, bytes, length))
			continue;
		meaning->layout = (__u8)(i + 1);
		meaning->unroutable = layout->unroutable;
		meaning->backend = qt_bits(bytes, layout->id_bit + layout->id_bits - bits, bits);
		meaning->worker = qt_bits(bytes, layout->worker_bit, layout->worker_bits);
		meaning->process = qt_bits(bytes, layout->process_bit, layout->process_bits);
		return;
	}
}

#endif
