/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The maps of the BPF programs. Their names and meaning are public: people run `bpftool map dump name ...`. */
#ifndef QUIC_TOP_MAPS_H
#define QUIC_TOP_MAPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "quic_top_abi.h"

/*
 * Packets to a watched port, by DCID: all with a long header, and those with a short one whose DCID could be
 * read.
 * Writer: the program. Readers: quic-top's CID table, bpftool.
 * When full: the least recently used CID makes room, so a spray of random CIDs cannot stop the counting.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, QT_CID_COUNTER_ENTRIES);
	__type(key, struct qt_cid);
	__type(value, struct qt_cid_count);
} cid_counter SEC(".maps");

/*
 * The backend of each DCID that names one, seen on a long header to a watched port; and of each CID that
 * quic-top opened with a key. Writers: the program, quic-top's drain threads. Readers: the program, bpftool,
 * and whoever wants to route by it. When full: the least recently used CID makes room.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, QT_CID_BACKEND_ENTRIES);
	__type(key, struct qt_cid);
	__type(value, struct qt_cid_backend);
} cid_backend_map SEC(".maps");

/*
 * Packets to a watched port, by the server that their DCID names: those whose DCID a server chose, which are
 * Handshake packets and those with a short header.
 * Writers: all programs, each CPU its own copy. Readers: quic-top, bpftool.
 * When full: the least recently used server makes room, so that what is made up cannot stop the counting.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_PERCPU_HASH);
	__uint(max_entries, QT_BACKEND_COUNTER_ENTRIES);
	__type(key, struct qt_backend);
	__type(value, struct qt_backend_count);
} backend_counter SEC(".maps");

/*
 * Packets with a short header to a watched port whose DCID could not be read, by port.
 * Writers: all programs, each CPU its own copy. Reader: bpftool.
 * When full: those of another port are in QT_SHORT_HEADER_UNREAD alone.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, QT_UNREAD_PORTS_ENTRIES);
	__type(key, __u32);
	__type(value, struct qt_count);
} unread_ports SEC(".maps");

/*
 * Packets from a watched port, by path: many clients have no CIDs. Writers: all programs. Readers: quic-top,
 * bpftool. When full: the least recently used path makes room.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, QT_PATH_COUNTER_ENTRIES);
	__type(key, struct qt_path);
	__type(value, struct qt_path_count);
} path_counter SEC(".maps");

/*
 * AF_XDP sockets: key rx_queue * slots + backend_id % slots.
 * Writer: quic-top registers its sockets. Reader: the program. The kernel removes a socket that is closed.
 * When a slot is empty: the packet goes on to the host.
 */
struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(max_entries, QT_QUEUES);
	__type(key, __u32);
	__type(value, __u32);
} xsks_map SEC(".maps");

/*
 * Every arriving frame's fate, and what was done with the long headers (enum qt_counter).
 * Writer: the XDP program, or the tc program in its place, each CPU its own copy. Readers: quic-top, bpftool.
 * Cannot be full.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, QT_COUNTERS);
	__type(key, __u32);
	__type(value, struct qt_count);
} counters SEC(".maps");

/*
 * The same for frames on their way out.
 * Writer: the tc program, each CPU its own copy. Readers: quic-top, bpftool. Cannot be full.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, QT_COUNTERS);
	__type(key, __u32);
	__type(value, struct qt_count);
} egress_counters SEC(".maps");

/*
 * Where each CPU stands in what it may copy, divert and count under CIDs (enum qt_budgeted).
 * Writers and readers: all programs, each CPU its own. Cannot be full.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, QT_BUDGETS);
	__type(key, __u32);
	__type(value, struct qt_budget);
} cpu_budget SEC(".maps");

/*
 * Copies of packets that the host gets too: qt_tap_header, then bytes.
 * Writers: all programs. Reader: quic-top's drain thread. When full: the copy is lost and counted
 * (QT_TAP_FULL).
 */
struct tap_buffer {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, QT_TAP_BYTES);
} tap_buffer SEC(".maps");

/*
 * The buffer of each CPU, key CPU % QT_TAP_BUFFERS: a ring buffer has one lock, and CPUs that wait for it would
 * do so in place of the host's work. In the object all are the one above.
 * Writer: quic-top, before it loads a program. Readers: all programs.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, QT_TAP_BUFFERS);
	__type(key, __u32);
	__array(values, struct tap_buffer);
} tap_buffers SEC(".maps") = {
	.values = {&tap_buffer, &tap_buffer, &tap_buffer, &tap_buffer, &tap_buffer, &tap_buffer, &tap_buffer,
		   &tap_buffer},
};

#endif
