/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The values of what user space sets: constants before the program is loaded, and the configuration that may
 * change while it runs. */
#ifndef QUIC_TOP_CONFIG_H
#define QUIC_TOP_CONFIG_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "cid.h"

const volatile struct qt_constants constants = {
	.abi_version = QT_ABI_VERSION,
	.slots = QT_QUEUES,
	.max_frame = 2048 - 256 - sizeof(struct qt_metadata),
	.tap_size = QT_TAP_LARGE,
	.link_type = QT_LINK_ETHERNET,
	.metadata_magic = QT_METADATA_MAGIC,
	.cid_layouts = {QT_CIDV1_LAYOUT},
	.tap_other_size = QT_TAP_LARGE,
};

/* Loaded by hand the program watches the default port, counts, and passes every packet. */
volatile struct qt_config config SEC(".data.config") = {
	.mode = QT_MODE_IDLE,
	.short_mode = QT_SHORT_COUNT,
	.ports = {[QT_DEFAULT_PORT / 64] = 1ULL << (QT_DEFAULT_PORT % 64)},
};

/*
 * Whether somebody drains what is taken and copied. A process that was stopped, is frozen or hangs says
 * nothing: then the host gets its packets again. `time` is that of a packet; the heartbeat may be younger.
 */
static __always_inline bool is_attended(__u64 time)
{
	return (__s64)(time - config.heartbeat) <= QT_SILENCE * 1000000LL;
}

#endif
