// Made by scripts/gen-abi.mjs from xdp/quic_top_abi.h, parse.h, quic.h, addon/recorder/recorder_layout.h and
// addon/quic/opened_initial.h. Do not edit.
// Offsets and sizes are in bytes.

export const RECORDER = {
  SIZE: 832,
  magic: 0,
  abi_version: 4,
  lanes: 8,
  server_ids: 12,
  lane_size: 16,
  epoch: 24,
  cid_layouts: 32,
  lanes_offset: 800,
  reserved: 808,
} as const;

export const LANE = {
  SIZE: 2176,
  record_slots: 0,
  records_offset: 8,
  bytes_offset: 16,
  bytes_capacity: 24,
  reserved: 32,
  head: 64,
  tail: 72,
  bytes_head: 80,
  frames: 88,
  frame_bytes: 96,
  frames_overwritten: 104,
  without_metadata: 112,
  cids_not_opened: 120,
  queues: 128,
  rx_queues: 1152,
} as const;

export const RECORD = {
  SIZE: 160,
  sequence: 0,
  time: 8,
  frame: 16,
  bytes: 24,
  captured_length: 32,
  frame_length: 36,
  version: 40,
  backend: 44,
  rx_queue: 48,
  src_port: 50,
  dst_port: 52,
  l3_offset: 54,
  l4_offset: 56,
  packet_offset: 58,
  packet_length: 60,
  token_length: 62,
  issues: 64,
  vlan: 66,
  link_type: 70,
  src: 72,
  dst: 88,
  dcid: 104,
  scid: 124,
  dcid_length: 144,
  scid_length: 145,
  index: 146,
  type: 147,
  flags: 148,
  ip_version: 149,
  vlan_count: 150,
  cid_layout: 151,
  worker: 152,
  process: 156,
} as const;

export const COUNT = {
  SIZE: 16,
  packets: 0,
  bytes: 8,
} as const;

export const CID_ROW = {
  SIZE: 72,
  cid: 0,
  cid_layout: 21,
  has_backend: 22,
  reserved: 23,
  backend: 24,
  reserved2: 28,
  packets: 32,
  bytes: 40,
  first_seen: 48,
  last_seen: 56,
  short_packets: 64,
} as const;

export const CID = {
  SIZE: 21,
  length: 0,
  bytes: 1,
} as const;

export const ENDPOINT = {
  SIZE: 20,
  address: 0,
  port: 16,
  ip_version: 18,
  reserved: 19,
} as const;

export const CID_LAYOUT = {
  SIZE: 32,
  scheme: 0,
  least: 1,
  most: 2,
  first_mask: 3,
  first_value: 4,
  unroutable: 5,
  id_bit: 6,
  id_bits: 7,
  worker_bit: 8,
  worker_bits: 9,
  process_bit: 10,
  process_bits: 11,
  flags: 12,
  sealed: 13,
  check_byte: 14,
  checks: 15,
  check_masks: 16,
  worker_mask: 22,
  workers: 24,
  config_id: 26,
  check_values: 27,
  reserved: 28,
} as const;

export const BACKEND_CIDS = {
  SIZE: 12,
  cid_layout: 0,
  backend: 4,
  cids: 8,
} as const;

export const BACKEND_ROW = {
  SIZE: 56,
  cid_layout: 0,
  backend: 4,
  count: 8,
} as const;

export const BACKEND_COUNT = {
  SIZE: 48,
  packets: 0,
  bytes: 8,
  short_packets: 16,
  short_bytes: 24,
  ect_packets: 32,
  ce_packets: 40,
} as const;

export const SERVER_ID = {
  SIZE: 16,
  length: 0,
  bytes: 1,
} as const;

export const PACKET_LINE = {
  SIZE: 224,
  record: 0,
  packet_number: 160,
  dcid: 168,
  scid: 172,
  sni: 176,
  alpn: 180,
  ja4: 184,
  issues: 188,
  error: 192,
  reason: 196,
  trust: 200,
  decrypted: 201,
  ech: 202,
  connection_guess: 203,
  connection: 204,
  server_id: 208,
} as const;

export const OPENED_INITIAL = {
  SIZE: 192,
  packet_number: 0,
  largest_acknowledged: 8,
  error_code: 16,
  error_frame_type: 24,
  issues: 32,
  chooser: 36,
  has_hello: 37,
  has_ack: 38,
  has_close: 39,
  key_source: 40,
  reason_length: 61,
  reserved: 62,
  reason: 64,
} as const;

export const LIMITS = {
  ABI_VERSION: 18,
  QUEUES: 64,
  CID_MAX: 20,
  SERVERS: 4096,
  SERVER_WAYS: 4,
  SERVER_LENGTHS: 3,
  CID_LENGTH_UNKNOWN: 255,
  SERVER_ID_MAX: 15,
  PORTS: 65536,
  PORT_WORDS: 1024,
  DEFAULT_PORT: 4433,
  METADATA_MAGIC: 1364479281,
  CID_COUNTER_ENTRIES: 1024,
  CID_BACKEND_ENTRIES: 65536,
  BACKEND_COUNTER_ENTRIES: 4096,
  UNREAD_PORTS_ENTRIES: 256,
  PATH_COUNTER_ENTRIES: 65536,
  TAP_BYTES: 8388608,
  TAP_BUFFERS: 8,
  TAP_SMALL: 512,
  TAP_LARGE: 2048,
  TAP_LEAST: 192,
  CID_LAYOUTS: 24,
  SILENCE: 2000,
  ANY_INTERFACE: 18446744073709552000,
  SKB_HEADERS: 255,
} as const;

export const LINK_TYPE = {
  LINK_NULL: 0,
  LINK_ETHERNET: 1,
  LINK_PPP: 9,
  LINK_RAW_BSD: 12,
  LINK_RAW_OPENBSD: 14,
  LINK_PPP_HDLC: 50,
  LINK_RAW: 101,
  LINK_CISCO_HDLC: 104,
  LINK_LOOP: 108,
  LINK_SLL: 113,
  LINK_IPV4: 228,
  LINK_IPV6: 229,
  LINK_SLL2: 276,
} as const;

export const MODE = {
  MODE_IDLE: 0,
  MODE_DIVERT: 1,
  MODE_TAP: 2,
} as const;

export const SHORT_MODE = {
  SHORT_NONE: 0,
  SHORT_COUNT: 1,
  SHORT_EVENTS: 2,
  SHORT_ALL: 3,
} as const;

export const COUNTER = {
  FRAMES: 0,
  NOT_IP: 1,
  NOT_UDP: 2,
  OTHER_PORT: 3,
  FRAGMENT: 4,
  TRUNCATED: 5,
  SHORT_HEADER: 6,
  LONG_HEADER: 7,
  REDIRECTED: 8,
  TAPPED: 9,
  TAP_FULL: 10,
  NO_SOCKET: 11,
  UNATTENDED: 12,
  OVER_BUDGET: 13,
  SHORT_HEADER_READ: 14,
  SHORT_HEADER_UNREAD: 15,
  SHORT_HEADER_OVER_BUDGET: 16,
  BACKEND_NOT_COUNTED: 17,
  SHORT_HEADER_RECORDED: 18,
  COUNTERS: 19,
} as const;

export const CID_SCHEME = {
  CID_NONE: 0,
  CID_CIDV1: 1,
  CID_OFFSET: 2,
  CID_MVFST: 3,
  CID_NGINX: 4,
  CID_AWS_NLB: 5,
  CID_QUIC_LB: 6,
  CID_ENVOY: 7,
  CID_UDPGRM: 8,
  CID_MSQUIC: 9,
  CID_NGHTTPX: 10,
  CID_H2O: 11,
} as const;

export const CIDV1 = {
  CIDV1_LEAST: 4,
  CIDV1_FIRST: 1,
  CIDV1_ID_BIT: 16,
  CIDV1_ID_BITS: 16,
} as const;

export const UNROUTABLE = {
  ROUTABLE: 0,
  UNROUTABLE_RESERVED: 1,
  UNROUTABLE_CONFIG: 2,
  UNROUTABLE_LENGTH: 3,
} as const;

export const CID_LAYOUT_FLAGS = {
  LAYOUT_GIVEN: 1,
  LAYOUT_LITTLE_ID: 2,
  LAYOUT_LITTLE_WORKER: 4,
  LAYOUT_LITTLE_PROCESS: 8,
  LAYOUT_IN_RETRY: 16,
} as const;

export const ETHERTYPE = {
  ETH_NONE: 0,
  ETH_IPV4: 2048,
  ETH_IPV6: 34525,
  ETH_8021Q: 33024,
  ETH_8021AD: 34984,
  ETH_QINQ: 37120,
} as const;

export const IP_PROTOCOL = {
  IP_HOP_BY_HOP: 0,
  IP_UDP: 17,
  IP_ROUTING: 43,
  IP_FRAGMENT: 44,
  IP_AUTH: 51,
  IP_DEST_OPTIONS: 60,
  IP_MOBILITY: 135,
  IP_HIP: 139,
  IP_SHIM6: 140,
} as const;

export const PARSE_LIMITS = {
  ETH_HEADER: 14,
  VLAN_TAG: 4,
  VLAN_MAX_DEPTH: 2,
  IPV4_HEADER: 20,
  IPV4_SOURCE: 12,
  IPV6_HEADER: 40,
  IPV6_SOURCE: 8,
  IPV6_EXT_MAX_CHAIN: 8,
  UDP_HEADER: 8,
  HEADERS_MASK: 32767,
} as const;

export const QUIC_LIMITS = {
  LONG_FORM_BIT: 128,
  FIXED_BIT: 64,
  LONG_PREFIX: 6,
  AEAD_TAG: 16,
  SHORT_LEAST: 20,
} as const;

export const RECORDER_LIMITS = {
  RECORDER_MAGIC: 1364480561,
  RECORDER_ALIGN: 64,
  HANDLE_BITS: 32,
  RX_QUEUES: 64,
  FRAME_MAX: 262144,
} as const;

export const QUIC_VERSION = {
  QUIC_NEGOTIATION: 0,
  QUIC_V1: 1,
  QUIC_V2: 1798521807,
  QUIC_V2_DRAFT: 1889161412,
  QUIC_DRAFTS: 16711680,
  QUIC_FIRST_DRAFT: 23,
  QUIC_LAST_DRAFT: 32,
  QUIC_GUESSED_DRAFT: 29,
  QUIC_MVFST: 16436912,
  QUIC_FIRST_MVFST: 1,
  QUIC_LAST_MVFST: 2,
  QUIC_Q050: 1362113840,
  QUIC_T050: 1412445488,
  QUIC_T051: 1412445489,
} as const;

export const PACKET_TYPE = {
  TYPE_UNKNOWN: 0,
  TYPE_INITIAL: 1,
  TYPE_0RTT: 2,
  TYPE_HANDSHAKE: 3,
  TYPE_RETRY: 4,
  TYPE_VERSION_NEGOTIATION: 5,
  TYPE_1RTT: 6,
} as const;

export const RECORD_FLAGS = {
  RECORD_FROM_WATCHED: 1,
  RECORD_HAS_BACKEND: 2,
  RECORD_NO_TIME: 4,
  RECORD_EGRESS: 8,
  RECORD_INGRESS: 16,
  RECORD_TIME_XDP: 32,
  RECORD_TIME_TAP: 64,
  RECORD_TIME_DRAIN: 128,
} as const;

export const ISSUE = {
  ISSUE_CID_CUT: 1,
  ISSUE_CID_TOO_LONG: 2,
  ISSUE_LENGTH_BEYOND_DATAGRAM: 4,
  ISSUE_HEADER_CUT: 8,
  ISSUE_FRAME_CUT: 16,
  ISSUE_DCID_CHANGED: 32,
  ISSUE_TOO_MANY_COALESCED: 64,
  ISSUE_TOO_MANY_BACKENDS: 128,
  ISSUE_CID_NOT_OPENED: 256,
  ISSUE_CID_LENGTH_UNKNOWN: 512,
} as const;

export const INITIAL_ISSUE = {
  NO_FRAMES: 1,
  FRAME_NOT_ALLOWED: 2,
  FRAME_MALFORMED: 4,
  CRYPTO_BEYOND_LIMIT: 8,
  CLIENT_HELLO_FORGOTTEN: 16,
  CLIENT_HELLO_TOO_LONG: 32,
  NO_CLIENT_HELLO: 64,
  CLIENT_HELLO_MALFORMED: 128,
  SNI_TOO_LONG: 256,
  ALPN_TOO_LONG: 512,
  RESERVED_BITS: 1024,
  VERSION_GUESSED: 2048,
  REASON_TOO_LONG: 4096,
} as const;

export const INITIAL_VERDICT = {
  NOT_OPENED: 0,
  OPENED: 1,
  UNAUTHENTIC: 2,
} as const;

export const CID_CHOOSER = {
  CHOOSER_UNKNOWN: 0,
  CHOSEN_BY_CLIENT: 1,
  CHOSEN_BY_SERVER: 2,
} as const;

export const LOSS = {
  LOST_RX_RING_FULL: 0,
  LOST_FILL_RING_EMPTY: 1,
  LOST_INVALID_DESCRIPTOR: 2,
  LOST_TAP_BUFFER_FULL: 3,
  LOSSES: 4,
} as const;
