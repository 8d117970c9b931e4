/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What the BPF programs and user space share: map keys and values, and the metadata that travels in front of a
 * captured packet. Compiles as BPF C and as C++17. src/core/native/abi.gen.ts is made from it (npm run
 * gen:abi). Integers are in host byte order unless a comment says otherwise.
 */
#ifndef QUIC_TOP_ABI_H
#define QUIC_TOP_ABI_H

#include <linux/types.h>
#ifdef __cplusplus
#include <cstddef>
#else
#include <stddef.h>
#endif

#ifdef __cplusplus
#define QT_ASSERT_LAYOUT(condition) static_assert(condition, #condition)
#else
#define QT_ASSERT_LAYOUT(condition) _Static_assert(condition, #condition)
#endif
#define QT_ASSERT_OFFSET(type, field, offset) QT_ASSERT_LAYOUT(offsetof(struct type, field) == (offset))

enum qt_limits {
	/* Raised whenever a struct or an enum below, or one that TypeScript shares (scripts/gen-abi.mjs),
	 * changes its meaning. */
	QT_ABI_VERSION = 18,
	/* Logical queues: queue = the server id's last byte % QT_QUEUES (MAX_QUEUES of the CIDv1 scheme). */
	QT_QUEUES = 64,
	/* The longest connection ID of QUIC v1 and v2 (RFC 9000 section 17.2); other versions may go to 255. */
	QT_CID_MAX = 20,
	/* Places for servers in qt_config, a power of two, and how many of them one can have. */
	QT_SERVERS = 4096,
	QT_SERVER_WAYS = 4,
	/* Lengths of one server's CIDs that are told apart. */
	QT_SERVER_LENGTHS = 3,
	/* qt_metadata.cid_length. */
	QT_CID_LENGTH_UNKNOWN = 255,
	/* The longest server id in a connection ID (QUIC-LB, section 5.2). */
	QT_SERVER_ID_MAX = 15,
	/* UDP ports, and words of 64 bits that have one for each. */
	QT_PORTS = 65536,
	QT_PORT_WORDS = 1024,
	/* The UDP port that is watched when nobody said otherwise. */
	QT_DEFAULT_PORT = 4433,
	/* qt_constants.metadata_magic of a program that is loaded by hand. */
	QT_METADATA_MAGIC = 0x51544d31,
	/* Entries of each map as the object file declares them; user space may choose others before loading. */
	QT_CID_COUNTER_ENTRIES = 1024,
	QT_CID_BACKEND_ENTRIES = 65536,
	QT_BACKEND_COUNTER_ENTRIES = 4096,
	QT_UNREAD_PORTS_ENTRIES = 256,
	QT_PATH_COUNTER_ENTRIES = 65536,
	/* Bytes of a tap ring buffer, at least: a power of two and a multiple of the page size. */
	QT_TAP_BYTES = 8388608,
	/* How many there are at most: CPUs with the same number modulo this one share one. */
	QT_TAP_BUFFERS = 8,
	/* The two sizes of a tap record's byte field. A frame takes the smaller that holds it; longer frames
	 * are cut. */
	QT_TAP_SMALL = 512,
	QT_TAP_LARGE = 2048,
	/* However little is to be kept of a frame, a tap record holds this many: its headers and the first
	 * CIDs. */
	QT_TAP_LEAST = 192,
	/* How many layouts of connection IDs can be configured at once. */
	QT_CID_LAYOUTS = 24,
	/* Milliseconds: who drains says so more often than that, or the programs take and copy nothing. */
	QT_SILENCE = 2000,
	/* qt_config.ifindex where all interfaces are watched, by a socket filter. */
	QT_ANY_INTERFACE = 0xffffffff,
	/* What comes before the UDP payload of an skb is at most this long: one less than a power of two. */
	QT_SKB_HEADERS = 255,
};

/*
 * Keys of the maps `counters` and `egress_counters`, each a qt_count. Never renumber: people read them with
 * bpftool. Every frame moves QT_FRAMES and exactly one of QT_NOT_IP .. QT_LONG_HEADER (its fate).
 */
enum qt_counter {
	QT_FRAMES = 0,
	QT_NOT_IP = 1,       /* neither IPv4 nor IPv6 behind at most two VLAN tags */
	QT_NOT_UDP = 2,      /* another protocol, or none found within the bound on IPv6 extension headers */
	QT_OTHER_PORT = 3,   /* UDP, and neither port is watched */
	QT_FRAGMENT = 4,     /* not the first fragment: it has no ports */
	QT_TRUNCATED = 5,    /* ends too early, or its lengths contradict each other */
	QT_SHORT_HEADER = 6, /* a watched port, header form bit 0 (RFC 8999 section 5.2) */
	QT_LONG_HEADER = 7,  /* a watched port, header form bit 1 (RFC 8999 section 5.1) */
	/* Subsets of QT_LONG_HEADER and QT_SHORT_HEADER, each at most once for a frame. */
	QT_REDIRECTED = 8, /* handed to an AF_XDP socket; the host's stack does not get it */
	QT_TAPPED = 9,     /* chosen to be copied to the tap ring buffer; the host gets it too */
	/* Subsets of QT_TAPPED. */
	QT_TAP_FULL = 10,  /* the copy was lost because the tap ring buffer was full */
	QT_NO_SOCKET = 11, /* was to be redirected, and no AF_XDP socket is bound to its RX queue */
	/* Was passed and not copied, because user space had not drained for QT_SILENCE: a subset of
	 * QT_LONG_HEADER. */
	QT_UNATTENDED = 12,
	/* Was passed and not copied, because a CPU had more of them than qt_config.budget_interval allows: a
	 * subset of QT_LONG_HEADER. */
	QT_OVER_BUDGET = 13,
	/* Subsets of QT_SHORT_HEADER, each at most once for a frame. */
	QT_SHORT_HEADER_READ = 14, /* to a watched port, and its DCID was read */
	QT_SHORT_HEADER_UNREAD =
		15, /* the same, and it was not: nobody knows how long it is, or it is no QUIC */
	/* Was to be recorded, or has a CID or path that the maps do not have, and came when a CPU had more of
	 * those than qt_config.budget_interval allows. */
	QT_SHORT_HEADER_OVER_BUDGET = 16,
	QT_BACKEND_NOT_COUNTED = 17, /* names a server for which backend_counter had no room */
	/* Of QT_SHORT_HEADER, those that were redirected or tapped. */
	QT_SHORT_HEADER_RECORDED = 18,
	QT_COUNTERS = 19, /* how many there are; not a counter */
};

/*
 * What a frame begins with: the numbers of capture files (https://www.tcpdump.org/linktypes.html). The programs
 * get Ethernet and raw IP; the others are in files.
 */
enum qt_link_type {
	QT_LINK_NULL = 0, /* an address family, in the byte order of the system that captured */
	QT_LINK_ETHERNET = 1,
	QT_LINK_PPP = 9,
	QT_LINK_RAW_BSD = 12,
	QT_LINK_RAW_OPENBSD = 14,
	QT_LINK_PPP_HDLC = 50,
	QT_LINK_RAW = 101, /* with the IP header */
	QT_LINK_CISCO_HDLC = 104,
	QT_LINK_LOOP = 108, /* an address family, in network byte order */
	QT_LINK_SLL = 113,  /* "cooked" by Linux */
	QT_LINK_IPV4 = 228,
	QT_LINK_IPV6 = 229,
	QT_LINK_SLL2 = 276,
};

/* What the program does with long headers, set at run time in qt_config. */
enum qt_mode {
	QT_MODE_IDLE = 0,   /* count and pass: nobody is listening */
	QT_MODE_DIVERT = 1, /* what names a backend is redirected to its socket; other long headers are copied
			       and passed */
	QT_MODE_TAP = 2,    /* every long header is copied and passed */
};

/* What is done with short headers, which are most of what is sent. */
enum qt_short_mode {
	QT_SHORT_NONE = 0,   /* only their fate is counted */
	QT_SHORT_COUNT = 1,  /* they are counted under CIDs, servers and paths */
	QT_SHORT_EVENTS = 2, /* and copied: the first of a CID, one from another address than the CID's packet
				before, one that may be a stateless reset, and one in qt_config.sample */
	QT_SHORT_ALL = 3,    /* and copied, all */
};

enum qt_metadata_flags {
	QT_FROM_WATCHED = 1, /* the source port is the watched one, so the backend is in the SCID */
	QT_HAS_BACKEND = 2,  /* qt_metadata.backend was read from the DCID */
	QT_EGRESS = 4,       /* on its way out: there is no RX queue */
	QT_SHORT = 8, /* the datagram begins with a short header: qt_metadata.cid_length means something */
};

/* A connection ID as a map key. Bytes past `length` are zero. CIDs over QT_CID_MAX bytes are never keys. */
struct qt_cid {
	__u8 length;
	__u8 bytes[QT_CID_MAX];
};
QT_ASSERT_LAYOUT(sizeof(struct qt_cid) == 21);

/* An address and port. IPv4 addresses are in the first four bytes. What is not used is zero. */
struct qt_endpoint {
	__u8 address[16];
	__u16 port;
	__u8 ip_version;
	__u8 reserved;
};
QT_ASSERT_LAYOUT(sizeof(struct qt_endpoint) == 20);
QT_ASSERT_OFFSET(qt_endpoint, port, 16);
QT_ASSERT_OFFSET(qt_endpoint, ip_version, 18);

/* The 4-tuple of a datagram, in whichever direction: the server has the watched port. */
struct qt_path {
	struct qt_endpoint client;
	struct qt_endpoint server;
};
QT_ASSERT_LAYOUT(sizeof(struct qt_path) == 40);
QT_ASSERT_OFFSET(qt_path, server, 20);

/* How a load balancer put a server's id into connection IDs. Never renumber: records and scripts have these. */
enum qt_cid_scheme {
	QT_CID_NONE = 0,
	QT_CID_CIDV1 = 1,  /* byte 0 is 1, bytes 2-3 are the server id, byte 1 is free */
	QT_CID_OFFSET = 2, /* wherever the configuration says */
	QT_CID_MVFST = 3,  /* mvfst and katran, versions 1 to 3 */
	QT_CID_NGINX = 4,  /* bytes 0-7 are the cookie of the listening socket */
	QT_CID_AWS_NLB = 5,
	QT_CID_QUIC_LB = 6,
	QT_CID_ENVOY = 7, /* QUIC-LB, and a worker behind it */
	QT_CID_UDPGRM = 8,
	QT_CID_MSQUIC = 9,
	QT_CID_NGHTTPX = 10,
	QT_CID_H2O = 11,
};

/* CIDv1, the default: at least 4 bytes, byte 0 is 1, bytes 2-3 are the server id. */
enum qt_cidv1 {
	QT_CIDV1_LEAST = 4,
	QT_CIDV1_FIRST = 1,
	QT_CIDV1_ID_BIT = 16,
	QT_CIDV1_ID_BITS = 16,
};

/* Why a connection ID that is of a scheme names no server. */
enum qt_unroutable {
	QT_ROUTABLE = 0,
	QT_UNROUTABLE_RESERVED = 1, /* its first bits are those that no configuration has: 0b111 in QUIC-LB */
	QT_UNROUTABLE_CONFIG = 2,   /* nobody configured what its first bits say */
	QT_UNROUTABLE_LENGTH = 3,   /* it is too short for its configuration */
};

enum qt_cid_layout_flags {
	QT_LAYOUT_GIVEN = 1, /* the user said that servers use it: what it says counts without proof */
	/* The bytes of the number are in reverse order. It has whole bytes, and at most 32 bits. */
	QT_LAYOUT_LITTLE_ID = 2,
	QT_LAYOUT_LITTLE_WORKER = 4,
	QT_LAYOUT_LITTLE_PROCESS = 8,
	QT_LAYOUT_IN_RETRY = 16, /* the SCID of a Retry has a server id, too: in most schemes it is random */
};

/*
 * A configured scheme: which connection IDs it reads, and where in them its parts are. Bits count from the most
 * significant one of byte 0; a part without bits is not there.
 */
struct qt_cid_layout {
	__u8 scheme; /* enum qt_cid_scheme; QT_CID_NONE: this place is free */
	__u8 least;  /* bytes of a CID, at least 1, at most QT_CID_MAX */
	__u8 most;
	__u8 first_mask; /* (byte 0 & first_mask) == first_value, or it is of another scheme */
	__u8 first_value;
	__u8 unroutable; /* enum qt_unroutable */
	__u8 id_bit;     /* the server id: at most 120 bits; none: it names no server, but may name a worker */
	__u8 id_bits;
	__u8 worker_bit; /* at most 32 bits */
	__u8 worker_bits;
	__u8 process_bit; /* at most 32 bits */
	__u8 process_bits;
	__u8 flags; /* enum qt_cid_layout_flags */
	/* So many bytes from byte 1 on are encrypted: user space opens them with a key, and writes what it
	 * found to cid_backend_map. 0: none. The parts above are those of the opened CID. */
	__u8 sealed;
	__u8 check_byte; /* where the 16 bits are that the checks below are about, big-endian */
	__u8 checks;     /* so many of them hold, or it is of another scheme */
	/* Each: how many bits are set in (bits & mask) is odd, if that bit of check_values is set, else even.
	 */
	__u16 check_masks[3];
	__u16 worker_mask; /* the worker is (number & worker_mask) % workers; 0: the number itself */
	__u16 workers;     /* 0: not taken modulo anything */
	__u8 config_id;    /* that the scheme calls it by, where it has several */
	__u8 check_values;
	__u32 reserved;
};
QT_ASSERT_LAYOUT(sizeof(struct qt_cid_layout) == 32);
QT_ASSERT_OFFSET(qt_cid_layout, first_value, 4);
QT_ASSERT_OFFSET(qt_cid_layout, id_bit, 6);
QT_ASSERT_OFFSET(qt_cid_layout, worker_bit, 8);
QT_ASSERT_OFFSET(qt_cid_layout, process_bit, 10);
QT_ASSERT_OFFSET(qt_cid_layout, flags, 12);
QT_ASSERT_OFFSET(qt_cid_layout, check_byte, 14);
QT_ASSERT_OFFSET(qt_cid_layout, check_masks, 16);
QT_ASSERT_OFFSET(qt_cid_layout, worker_mask, 22);
QT_ASSERT_OFFSET(qt_cid_layout, config_id, 26);
QT_ASSERT_OFFSET(qt_cid_layout, reserved, 28);

/* A server id, right-aligned: the last `length` bytes. */
struct qt_server_id {
	__u8 length;
	__u8 bytes[QT_SERVER_ID_MAX];
};
QT_ASSERT_LAYOUT(sizeof(struct qt_server_id) == 16);

/* Value of `cid_counter`. Times are CLOCK_MONOTONIC nanoseconds; bytes are whole frames. */
struct qt_cid_count {
	__u64 packets;
	__u64 bytes;
	__u64 first_seen;
	__u64 last_seen;
	__u64 short_packets; /* of `packets`, those with a short header */
	/* Of `packets`, those marked as ECN-capable and not as CE, and those marked as CE (RFC 3168). */
	__u64 ect_packets;
	__u64 ce_packets;
	__u32 client; /* of the last packet's client address and port: qt_mark_of() */
	__u32 reserved;
};
QT_ASSERT_LAYOUT(sizeof(struct qt_cid_count) == 64);
QT_ASSERT_OFFSET(qt_cid_count, ect_packets, 40);
QT_ASSERT_OFFSET(qt_cid_count, ce_packets, 48);
QT_ASSERT_OFFSET(qt_cid_count, client, 56);
QT_ASSERT_OFFSET(qt_cid_count, bytes, 8);
QT_ASSERT_OFFSET(qt_cid_count, first_seen, 16);
QT_ASSERT_OFFSET(qt_cid_count, last_seen, 24);
QT_ASSERT_OFFSET(qt_cid_count, short_packets, 32);

/* Value of `cid_backend_map`. */
struct qt_cid_backend {
	__u32 backend_id; /* the server id's last 32 bits: all of one that has no more */
	__u32 queue;      /* backend_id % QT_QUEUES */
	__u64 server_id;  /* its last 64 bits */
};
QT_ASSERT_LAYOUT(sizeof(struct qt_cid_backend) == 16);
QT_ASSERT_OFFSET(qt_cid_backend, queue, 4);
QT_ASSERT_OFFSET(qt_cid_backend, server_id, 8);

/* Key of `backend_counter`. */
struct qt_backend {
	__u64 server_id; /* its last 64 bits, as a number: longer ones that end alike are counted together */
	__u32 layout;    /* by which it was read: 1 + index in qt_constants.cid_layouts */
	__u32 reserved;
};
QT_ASSERT_LAYOUT(sizeof(struct qt_backend) == 16);
QT_ASSERT_OFFSET(qt_backend, layout, 8);

/* Value of `backend_counter`; bytes are whole frames. What has no short header has a long one. */
struct qt_backend_count {
	__u64 packets;
	__u64 bytes;
	__u64 short_packets;
	__u64 short_bytes;
	__u64 ect_packets; /* as in qt_cid_count */
	__u64 ce_packets;
};
QT_ASSERT_LAYOUT(sizeof(struct qt_backend_count) == 48);
QT_ASSERT_OFFSET(qt_backend_count, ect_packets, 32);
QT_ASSERT_OFFSET(qt_backend_count, ce_packets, 40);
QT_ASSERT_OFFSET(qt_backend_count, bytes, 8);
QT_ASSERT_OFFSET(qt_backend_count, short_packets, 16);
QT_ASSERT_OFFSET(qt_backend_count, short_bytes, 24);

/* Value of `path_counter`; times and bytes are as in qt_cid_count. */
struct qt_path_count {
	__u64 packets;
	__u64 bytes;
	__u64 first_seen;
	__u64 last_seen;
	__u64 ect_packets;
	__u64 ce_packets;
	/* The client's, as the last long header had it. Its length is QT_CID_LENGTH_UNKNOWN before one came. */
	struct qt_cid client_cid;
	__u8 reserved[3];
	/* The first bytes behind byte 0 of the last packet with another DCID: a stateless reset has random
	 * ones, and a DCID comes again (RFC 9000 section 10.3). */
	__u64 unmatched;
};
QT_ASSERT_LAYOUT(sizeof(struct qt_path_count) == 80);
QT_ASSERT_OFFSET(qt_path_count, bytes, 8);
QT_ASSERT_OFFSET(qt_path_count, first_seen, 16);
QT_ASSERT_OFFSET(qt_path_count, last_seen, 24);
QT_ASSERT_OFFSET(qt_path_count, ect_packets, 32);
QT_ASSERT_OFFSET(qt_path_count, ce_packets, 40);
QT_ASSERT_OFFSET(qt_path_count, client_cid, 48);
QT_ASSERT_OFFSET(qt_path_count, unmatched, 72);

/* Value of `counters` and `egress_counters`; bytes are whole frames. */
struct qt_count {
	__u64 packets;
	__u64 bytes;
};
QT_ASSERT_LAYOUT(sizeof(struct qt_count) == 16);
QT_ASSERT_OFFSET(qt_count, bytes, 8);

/*
 * The map `.rodata`: set before the program is loaded, constant from then on. `abi_version` stays first, so
 * that user space can recognise a program loaded by hand.
 */
struct qt_constants {
	__u32 abi_version;
	__u32 slots;     /* of xsks_map for each RX queue: a power of two, at most QT_QUEUES */
	__u32 max_frame; /* the longest frame that is redirected: what a UMEM frame holds */
	/* Of a tap record's byte field, at most: QT_TAP_LEAST to QT_TAP_LARGE, a multiple of 8. */
	__u32 tap_size;
	__u32 link_type;          /* of the frames that the tc programs get; XDP frames are Ethernet */
	__u32 has_xdp_load_bytes; /* the kernel's bpf_xdp_load_bytes (Linux 5.18) may be used */
	__u32 has_frags; /* frames may come in several pieces, of which the XDP program sees the first */
	/* First word of qt_metadata: a number that no sender can know, so that neither stale bytes nor those of
	 * a frame are taken for metadata. */
	__u32 metadata_magic;
	/* In the order in which they are tried. Constants, so that the verifier removes what is not configured.
	 */
	struct qt_cid_layout cid_layouts[QT_CID_LAYOUTS];
	/* The same where the datagram does not begin with an Initial; ignored unless it is less than tap_size.
	 */
	__u32 tap_other_size;
};
QT_ASSERT_LAYOUT(sizeof(struct qt_constants) == 804);
QT_ASSERT_OFFSET(qt_constants, slots, 4);
QT_ASSERT_OFFSET(qt_constants, max_frame, 8);
QT_ASSERT_OFFSET(qt_constants, tap_size, 12);
QT_ASSERT_OFFSET(qt_constants, link_type, 16);
QT_ASSERT_OFFSET(qt_constants, has_xdp_load_bytes, 20);
QT_ASSERT_OFFSET(qt_constants, has_frags, 24);
QT_ASSERT_OFFSET(qt_constants, metadata_magic, 28);
QT_ASSERT_OFFSET(qt_constants, cid_layouts, 32);
QT_ASSERT_OFFSET(qt_constants, tap_other_size, 800);

/* How many bytes the CIDs have that the server at an endpoint chooses. */
struct qt_server_lengths {
	__u8 lengths[QT_SERVER_LENGTHS]; /* the longest first; 0: none */
	__u8 varies; /* there are several: of a short header only a CID that is known is read */
};
QT_ASSERT_LAYOUT(sizeof(struct qt_server_lengths) == 4);
QT_ASSERT_OFFSET(qt_server_lengths, varies, 3);

/* A server whose CIDs were seen. All zero: the place is free. */
struct qt_server {
	struct qt_endpoint endpoint;
	struct qt_server_lengths cids;
};
QT_ASSERT_LAYOUT(sizeof(struct qt_server) == 24);
QT_ASSERT_OFFSET(qt_server, cids, 20);

/*
 * The map `.data.config`: read by the program for every frame, written by user space at any time.
 * The sockets in xsks_map belong to one interface, and one program may be attached to several of a namespace:
 * what arrives elsewhere than at `ifindex` is counted and passed.
 */
struct qt_config {
	__u32 mode; /* enum qt_mode */
	__u32 ifindex;
	__u64 ports[QT_PORT_WORDS]; /* bit (port % 64) of word (port / 64): the port is watched */
	/* Not read by the program: the ports as its owner set them, to be given back, while `borrowed` is 1. */
	__u64 owner_ports[QT_PORT_WORDS];
	__u32 borrowed;
	/* Who drains the tap has nothing to do and sleeps: a copy is to wake it. */
	__u32 wakes;
	/* CLOCK_MONOTONIC nanoseconds: when user space last said that it drains. */
	__u64 heartbeat;
	/* Nanoseconds between two packets that a CPU copies, diverts or counts under their CIDs, on average; 0:
	 * as many as come. */
	__u64 budget_interval;
	__u32 short_mode;   /* enum qt_short_mode */
	__u32 sample;       /* with QT_SHORT_EVENTS one in so many is copied; 0: none for that */
	__u32 divert_short; /* with QT_SHORT_ALL and QT_MODE_DIVERT: short headers are diverted as long ones are
			     */
	__u32 reserved;
	/* Short headers do not tell how long CIDs are. A server is in one of the QT_SERVER_WAYS places from
	 * qt_mark_of() % QT_SERVERS on, or nobody knows. */
	struct qt_server servers[QT_SERVERS];
};
QT_ASSERT_LAYOUT(sizeof(struct qt_config) == 114736);
QT_ASSERT_OFFSET(qt_config, ifindex, 4);
QT_ASSERT_OFFSET(qt_config, ports, 8);
QT_ASSERT_OFFSET(qt_config, owner_ports, 8200);
QT_ASSERT_OFFSET(qt_config, borrowed, 16392);
QT_ASSERT_OFFSET(qt_config, heartbeat, 16400);
QT_ASSERT_OFFSET(qt_config, budget_interval, 16408);
QT_ASSERT_OFFSET(qt_config, short_mode, 16416);
QT_ASSERT_OFFSET(qt_config, sample, 16420);
QT_ASSERT_OFFSET(qt_config, divert_short, 16424);
QT_ASSERT_OFFSET(qt_config, servers, 16432);

/* Keys of the map `cpu_budget`: what each has of its own. */
enum qt_budgeted {
	QT_BUDGET_LONG = 0,
	QT_BUDGET_SHORT = 1,
	QT_BUDGETS = 2,
};

/* Value of the map `cpu_budget`: where a CPU stands. */
struct qt_budget {
	__u64 due;    /* CLOCK_MONOTONIC nanoseconds: when the next packet fits */
	__u64 over;   /* packets that did not fit */
	__u64 sample; /* what `over` is when the next of these is captured */
	__u64 unseen; /* packets to come that do not fit, whatever the time */
};
QT_ASSERT_LAYOUT(sizeof(struct qt_budget) == 32);

/*
 * What the program learned about a captured frame. In front of a redirected frame (in the XDP metadata area, so
 * at most 32 bytes and a multiple of four; or, where the driver has none, as the first bytes of what is
 * redirected), and at the start of a tap record. Offsets count from the frame's start.
 */
struct qt_metadata {
	__u32 magic;
	__u16 rx_queue;
	__u8 flags;      /* enum qt_metadata_flags */
	__u8 cid_length; /* bytes of the DCID of a short header; QT_CID_LENGTH_UNKNOWN: nobody knows */
	__u64 time;      /* CLOCK_MONOTONIC nanoseconds at arrival */
	__u16 l3_offset;
	__u16 l4_offset;
	__u16 payload_length; /* bytes of the UDP payload, which starts at l4_offset + 8 */
	__u16 segment; /* of a super-frame (GSO, GRO), from 1: its headers still tell the super-frame's lengths
			*/
	__u16 src_port;
	__u16 dst_port;
	__u32 backend; /* as in qt_cid_backend */
};
QT_ASSERT_LAYOUT(sizeof(struct qt_metadata) == 32);
QT_ASSERT_OFFSET(qt_metadata, rx_queue, 4);
QT_ASSERT_OFFSET(qt_metadata, flags, 6);
QT_ASSERT_OFFSET(qt_metadata, cid_length, 7);
QT_ASSERT_OFFSET(qt_metadata, time, 8);
QT_ASSERT_OFFSET(qt_metadata, l3_offset, 16);
QT_ASSERT_OFFSET(qt_metadata, l4_offset, 18);
QT_ASSERT_OFFSET(qt_metadata, payload_length, 20);
QT_ASSERT_OFFSET(qt_metadata, segment, 22);
QT_ASSERT_OFFSET(qt_metadata, src_port, 24);
QT_ASSERT_OFFSET(qt_metadata, dst_port, 26);
QT_ASSERT_OFFSET(qt_metadata, backend, 28);

/* Start of a tap record; the frame's first `captured` bytes follow. */
struct qt_tap_header {
	struct qt_metadata metadata;
	__u32 captured;
	__u32 length; /* of the whole frame */
};
QT_ASSERT_LAYOUT(sizeof(struct qt_tap_header) == 40);
QT_ASSERT_OFFSET(qt_tap_header, captured, 32);
QT_ASSERT_OFFSET(qt_tap_header, length, 36);

#endif
