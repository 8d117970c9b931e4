// The flight recorder's layout in the shared memory: what a drain thread writes and TypeScript reads.
// Plain C, so that scripts/gen-abi.mjs can take src/core/native/abi.gen.ts from it. Host byte order throughout.
//
// The memory is one qt_recorder, then the server ids that are longer than 32 bits (none when no layout has
// such), then one lane for each drain thread. A lane is a qt_lane, its records, its bytes. A lane has one
// writer, which never waits. Readers copy a record out and then look at `tail` again: when it has passed the
// record's sequence number, what they copied may be half overwritten and must be thrown away.
#ifndef QUIC_TOP_RECORDER_LAYOUT_H
#define QUIC_TOP_RECORDER_LAYOUT_H

#include "quic.h"

enum qt_recorder_limits {
  QT_RECORDER_MAGIC = 0x51545231,
  // Lanes and bytes rings start on multiples of this (a cache line).
  QT_RECORDER_ALIGN = 64,
  // The handle of a backend (qt_record.backend) has so many bits.
  QT_HANDLE_BITS = 32,
  // RX queues with counters of their own; a packet of a higher one is counted in the last.
  QT_RX_QUEUES = 64,
  // The longest frame of a file, and the most that is kept of one: that of tcpdump and Wireshark.
  QT_FRAME_MAX = 262144,
};

enum qt_record_flags {
  QT_RECORD_FROM_WATCHED = 1,  // sent by the watched port: the backend was read from the SCID
  QT_RECORD_HAS_BACKEND = 2,   // the CID of the server names one
  QT_RECORD_NO_TIME = 4,       // `time` means nothing: the capture file does not tell when
  QT_RECORD_EGRESS = 8,        // the frame was on its way out: it has no RX queue
  QT_RECORD_INGRESS = 16,      // it arrived; with neither of the two it is from a file, which does not tell
  // Where `time` comes from; none of them: a capture file.
  QT_RECORD_TIME_XDP = 32,  // the XDP program, when the driver gave it the frame
  QT_RECORD_TIME_TAP = 64,  // the program that copied it, when that saw it
  QT_RECORD_TIME_DRAIN =
      128,  // the drain thread: neither driver nor frame had room for what the program learned
};

// What is wrong with a packet; a bit each. The names reach the JSON's `issues` in lower case.
enum qt_issue {
  QT_ISSUE_CID_CUT = 1,                 // a CID is longer than QT_CID_MAX: the record holds its first bytes
  QT_ISSUE_CID_TOO_LONG = 2,            // a CID is longer than its QUIC version allows
  QT_ISSUE_LENGTH_BEYOND_DATAGRAM = 4,  // a Length or token length reaches past the datagram's end
  QT_ISSUE_HEADER_CUT = 8,              // the datagram ends inside the header
  QT_ISSUE_FRAME_CUT = 16,              // not all of the frame was captured
  QT_ISSUE_DCID_CHANGED = 32,  // a coalesced packet with another DCID than the first (RFC 9000 section 12.2)
  QT_ISSUE_TOO_MANY_COALESCED = 64,   // packets after this one were not looked at
  QT_ISSUE_TOO_MANY_BACKENDS = 128,   // it names a server, but the recorder's table of server ids is full
  QT_ISSUE_CID_NOT_OPENED = 256,      // its server's CID takes a key, and more came than may be opened
  QT_ISSUE_CID_LENGTH_UNKNOWN = 512,  // a short header of which nobody knows how long its DCID is
};

// One QUIC packet. One with a short header has no version, SCID and token. Offsets count from the frame's first
// byte.
struct qt_record {
  __u64 sequence;  // in its lane, from 0
  __u64 time;      // nanoseconds of wall-clock time since qt_recorder.epoch
  __u64 frame;     // number of the captured frame in the session, or of the frame in its file, from 1
  __u64
      bytes;  // position of the frame's bytes in the lane's bytes ring; modulo bytes_capacity it is the offset
  __u32 captured_length;  // bytes of the frame that were kept
  __u32 frame_length;     // bytes of the frame on the wire
  __u32 version;
  // The backend's handle, valid with QT_RECORD_HAS_BACKEND. Of a layout whose server ids have at most
  // QT_HANDLE_BITS it is the id, as a number; else the id's place in the recorder's table of them.
  __u32 backend;
  __u16 rx_queue;
  __u16 src_port;
  __u16 dst_port;
  __u16 l3_offset;
  __u16 l4_offset;
  __u16 packet_offset;
  __u16 packet_length;  // this QUIC packet's bytes, header included, as far as the datagram holds them
  __u16 token_length;   // of an Initial or Retry
  __u16 issues;         // enum qt_issue
  __u16 vlan[2];        // VLAN ids, outer first
  __u16 link_type;      // of the frame (enum qt_link_type, or another of a capture file)
  __u8 src[16];         // IPv6, or IPv4 in the first four bytes and then zeros: they are compared whole
  __u8 dst[16];
  __u8 dcid[QT_CID_MAX];
  __u8 scid[QT_CID_MAX];
  __u8 dcid_length;
  __u8 scid_length;
  __u8 index;  // the packet's place in its datagram, from 0
  __u8 type;   // enum qt_packet_type
  __u8 flags;  // enum qt_record_flags
  __u8 ip_version;
  __u8 vlan_count;
  __u8 cid_layout;  // by which the server's CID was read: 1 + index in qt_recorder.cid_layouts; 0: by none
  __u32 worker;     // that the server's CID names, where that layout has one
  __u32 process;    // the same
};
QT_ASSERT_LAYOUT(sizeof(struct qt_record) == 160);
QT_ASSERT_OFFSET(qt_record, time, 8);
QT_ASSERT_OFFSET(qt_record, frame, 16);
QT_ASSERT_OFFSET(qt_record, bytes, 24);
QT_ASSERT_OFFSET(qt_record, captured_length, 32);
QT_ASSERT_OFFSET(qt_record, frame_length, 36);
QT_ASSERT_OFFSET(qt_record, version, 40);
QT_ASSERT_OFFSET(qt_record, backend, 44);
QT_ASSERT_OFFSET(qt_record, rx_queue, 48);
QT_ASSERT_OFFSET(qt_record, src_port, 50);
QT_ASSERT_OFFSET(qt_record, dst_port, 52);
QT_ASSERT_OFFSET(qt_record, l3_offset, 54);
QT_ASSERT_OFFSET(qt_record, l4_offset, 56);
QT_ASSERT_OFFSET(qt_record, packet_offset, 58);
QT_ASSERT_OFFSET(qt_record, packet_length, 60);
QT_ASSERT_OFFSET(qt_record, token_length, 62);
QT_ASSERT_OFFSET(qt_record, issues, 64);
QT_ASSERT_OFFSET(qt_record, vlan, 66);
QT_ASSERT_OFFSET(qt_record, link_type, 70);
QT_ASSERT_OFFSET(qt_record, src, 72);
QT_ASSERT_OFFSET(qt_record, dst, 88);
QT_ASSERT_OFFSET(qt_record, dcid, 104);
QT_ASSERT_OFFSET(qt_record, scid, 124);
QT_ASSERT_OFFSET(qt_record, dcid_length, 144);
QT_ASSERT_OFFSET(qt_record, scid_length, 145);
QT_ASSERT_OFFSET(qt_record, index, 146);
QT_ASSERT_OFFSET(qt_record, type, 147);
QT_ASSERT_OFFSET(qt_record, flags, 148);
QT_ASSERT_OFFSET(qt_record, ip_version, 149);
QT_ASSERT_OFFSET(qt_record, vlan_count, 150);
QT_ASSERT_OFFSET(qt_record, cid_layout, 151);
QT_ASSERT_OFFSET(qt_record, worker, 152);
QT_ASSERT_OFFSET(qt_record, process, 156);

// The start of the shared memory.
struct qt_recorder {
  __u32 magic;
  __u32 abi_version;
  __u32 lanes;
  __u32 server_ids;  // how many places the table of qt_server_id behind this has
  __u64 lane_size;   // bytes from one lane to the next
  __u64 epoch;       // wall-clock time of the session's start, nanoseconds since 1970
  struct qt_cid_layout cid_layouts[QT_CID_LAYOUTS];
  __u64 lanes_offset;  // where the first lane starts
  __u64 reserved[3];
};
QT_ASSERT_LAYOUT(sizeof(struct qt_recorder) == 832);
QT_ASSERT_OFFSET(qt_recorder, lanes_offset, 800);
QT_ASSERT_OFFSET(qt_recorder, cid_layouts, 32);
QT_ASSERT_OFFSET(qt_recorder, lane_size, 16);
QT_ASSERT_OFFSET(qt_recorder, epoch, 24);

// The start of a lane. Offsets count from here. Positions only grow; records [tail, head) can be read.
struct qt_lane {
  // Constant.
  __u64 record_slots;  // a power of two
  __u64 records_offset;
  __u64 bytes_offset;
  __u64 bytes_capacity;
  __u64 reserved[4];
  // Written for each batch.
  __u64 head;
  __u64 tail;
  __u64 bytes_head;
  __u64 frames;              // captured: every one has at least one record
  __u64 frame_bytes;         // as on the wire
  __u64 frames_overwritten;  // were recorded, and have left [tail, head)
  __u64 without_metadata;    // frames whose driver gave no metadata: parsed and timed by the drain thread
  __u64 cids_not_opened;     // packets whose CID takes a key, and came when as many as may be were opened
  // Frames by logical queue (backend % QT_QUEUES, of frames with a backend) and by RX queue.
  struct qt_count queues[QT_QUEUES];
  struct qt_count rx_queues[QT_RX_QUEUES];
};
QT_ASSERT_LAYOUT(sizeof(struct qt_lane) == 2176);
QT_ASSERT_OFFSET(qt_lane, records_offset, 8);
QT_ASSERT_OFFSET(qt_lane, bytes_offset, 16);
QT_ASSERT_OFFSET(qt_lane, bytes_capacity, 24);
QT_ASSERT_OFFSET(qt_lane, head, 64);
QT_ASSERT_OFFSET(qt_lane, tail, 72);
QT_ASSERT_OFFSET(qt_lane, bytes_head, 80);
QT_ASSERT_OFFSET(qt_lane, frames, 88);
QT_ASSERT_OFFSET(qt_lane, frame_bytes, 96);
QT_ASSERT_OFFSET(qt_lane, frames_overwritten, 104);
QT_ASSERT_OFFSET(qt_lane, without_metadata, 112);
QT_ASSERT_OFFSET(qt_lane, queues, 128);
QT_ASSERT_OFFSET(qt_lane, rx_queues, 1152);

// Causes of loss, in the order in which CaptureSession::counters() gives them.
enum qt_loss {
  QT_LOST_RX_RING_FULL = 0,        // the AF_XDP socket's RX ring was full
  QT_LOST_FILL_RING_EMPTY = 1,     // no UMEM frame was free
  QT_LOST_INVALID_DESCRIPTOR = 2,  // refused by the kernel for another reason (rx_dropped, rx_invalid_descs)
  QT_LOST_TAP_BUFFER_FULL = 3,
  QT_LOSSES = 4,  // how many there are; not a cause
};

// A row of the CID table as CaptureSession::cids() gives it. Times are nanoseconds since qt_recorder.epoch, and
// negative for what was seen before.
struct qt_cid_row {
  struct qt_cid cid;
  __u8 cid_layout;  // as in qt_record
  __u8 has_backend;
  __u8 reserved;
  __u32 backend;
  __u32 reserved2;
  __u64 packets;
  __u64 bytes;
  __s64 first_seen;
  __s64 last_seen;
  __u64 short_packets;
};
QT_ASSERT_LAYOUT(sizeof(struct qt_cid_row) == 72);
QT_ASSERT_OFFSET(qt_cid_row, cid_layout, 21);
QT_ASSERT_OFFSET(qt_cid_row, has_backend, 22);
QT_ASSERT_OFFSET(qt_cid_row, backend, 24);
QT_ASSERT_OFFSET(qt_cid_row, packets, 32);
QT_ASSERT_OFFSET(qt_cid_row, bytes, 40);
QT_ASSERT_OFFSET(qt_cid_row, first_seen, 48);
QT_ASSERT_OFFSET(qt_cid_row, last_seen, 56);
QT_ASSERT_OFFSET(qt_cid_row, short_packets, 64);

// What the programs counted of a backend (backend_counter), over all CPUs.
struct qt_backend_row {
  __u32 cid_layout;  // as in qt_record
  __u32 backend;
  struct qt_backend_count count;
};
QT_ASSERT_LAYOUT(sizeof(struct qt_backend_row) == 56);
QT_ASSERT_OFFSET(qt_backend_row, backend, 4);
QT_ASSERT_OFFSET(qt_backend_row, count, 8);

// How many connection IDs of the table name a backend.
struct qt_backend_cids {
  __u32 cid_layout;  // as in qt_record
  __u32 backend;
  __u32 cids;
};
QT_ASSERT_LAYOUT(sizeof(struct qt_backend_cids) == 12);
QT_ASSERT_OFFSET(qt_backend_cids, backend, 4);
QT_ASSERT_OFFSET(qt_backend_cids, cids, 8);

// A packet to be written as a line of JSON (addon/lines/packet_json.h): its record and what was decoded of it,
// where 0 stands for null. Texts are printable ASCII beside it, each ends with a NUL: here is where they begin.
// In those that are a list, each name ends with a line break.
struct qt_packet_line {
  struct qt_record record;
  __u64 packet_number;    // and 1
  __u32 dcid;             // text: all of it as hex digits, when the record has it cut and the frame is there
  __u32 scid;             // the same; either both are there or none
  __u32 sni;              // text
  __u32 alpn;             // text, a list
  __u32 ja4;              // text
  __u32 issues;           // text, a list: those of the decoder
  __u32 error;            // text: the code of a CONNECTION_CLOSE
  __u32 reason;           // text: its reason phrase
  __u8 trust;             // 1 + its place in the names of PacketJson
  __u8 decrypted;         // 1: false, 2: true
  __u8 ech;               // the same
  __u8 connection_guess;  // the same; 0 where `connection` is
  __u32 connection;       // its number, from 1
  struct qt_server_id server_id;  // of a layout whose ids have more than QT_HANDLE_BITS; else ignored
};
QT_ASSERT_LAYOUT(sizeof(struct qt_packet_line) == 224);
QT_ASSERT_OFFSET(qt_packet_line, packet_number, 160);
QT_ASSERT_OFFSET(qt_packet_line, dcid, 168);
QT_ASSERT_OFFSET(qt_packet_line, sni, 176);
QT_ASSERT_OFFSET(qt_packet_line, trust, 200);
QT_ASSERT_OFFSET(qt_packet_line, connection, 204);
QT_ASSERT_OFFSET(qt_packet_line, server_id, 208);

#endif
