// The native test module (test/native/), typed: the real BPF programs and the C++ build of its parser.
import { createRequire } from 'node:module';

/** XDP actions (linux/bpf.h): what the kernel does with the frame. */
export const XDP = { pass: 2, redirect: 4 } as const;

export type Fate = 'not_ip' | 'not_udp' | 'other_port' | 'fragment' | 'truncated' | 'short_header' | 'long_header';
export type Counter =
  | Fate
  | 'frames'
  | 'redirected'
  | 'tapped'
  | 'tap_full'
  | 'no_socket'
  | 'unattended'
  | 'over_budget'
  | 'short_header_read'
  | 'short_header_unread'
  | 'short_header_over_budget'
  | 'short_header_recorded'
  | 'backend_not_counted';

/** `bytes` are at most QT_CID_MAX; `length` is what the wire says. */
export interface Cid {
  length: number;
  bytes: Uint8Array;
}

export interface Metadata {
  magic: number;
  rxQueue: number;
  flags: number;
  time: bigint;
  l3Offset: number;
  l4Offset: number;
  payloadLength: number;
  backend: number;
  srcPort: number;
  dstPort: number;
  /** Of a GSO super-frame, from 1. */
  segment: number;
  /** Of the DCID of a short header; 255: nobody knows. */
  cidLength: number;
}

/** `fate` alone unless it is `long_header` or `short_header`. */
export interface Classified {
  fate: Fate;
  l3Offset: number;
  l4Offset: number;
  srcPort: number;
  dstPort: number;
  payloadLength: number;
  fromWatched: boolean;
  /** Of a short header: meaningful when `isRead`. */
  dcid: Cid;
  /** Of a short header alone, like the first byte: it has a DCID of the length that was given. */
  /** struct qt_endpoint. */
  server: Uint8Array;
  isRead?: boolean;
  firstByte?: number;
  backend: number | null;
}

export interface ProgramConfig {
  mode?: number;
  ports?: number[];
  /** CLOCK_MONOTONIC nanoseconds: when somebody last said that the captured packets are drained; absent: it is so. */
  heartbeat?: number;
  /** Nanoseconds between two packets that a CPU may capture; 0: as many as come. */
  budgetInterval?: number;
  /** One of SHORT_MODE; SHORT_COUNT as compiled. */
  short?: number;
  /** One short header in so many is copied. */
  sample?: number;
  divertShort?: number;
  /** How long the CIDs are that a server chooses (struct qt_endpoint); of all others nobody knows. */
  serverLengths?: { server: Uint8Array; lengths: number[] }[];
  /** Index of the interface whose packets are captured; the loopback device when absent. */
  interface?: number;
}

export interface ProgramOptions extends ProgramConfig {
  slots?: number;
  maxFrame?: number;
  xsksEntries?: number;
  /** Of the frames that come as an skb; Ethernet when absent. */
  linkType?: number;
  /** Bytes of a tap record. */
  tapSize?: number;
  /** The same where the datagram does not begin with an Initial. */
  tapOtherSize?: number;
  tapBytes?: number;
  /** Copies frames as on a kernel without bpf_xdp_load_bytes (before Linux 5.18). */
  copiesItself?: boolean;
  /** struct qt_cid_layout, one behind the other; CIDv1 when absent. */
  cidLayouts?: Uint8Array | undefined;
}

export interface RunResult {
  verdict: number;
  /** Only those that moved. */
  counters: Partial<Record<Counter, { packets: number; bytes: number }>>;
  /** What stands before the frame when the program wrote it there. */
  metadata: Metadata | null;
  frame: Uint8Array;
}

export interface TapRecord {
  metadata: Metadata;
  /** Of the whole frame; `bytes` may be fewer. */
  length: number;
  bytes: Uint8Array;
}

/** The programs that are given an skb. */
export type SkbProgram = 'quic_socket' | 'quic_egress' | 'quic_ingress';

export interface Program {
  /** Instructions that the verifier walked, bytes of stack that it found in use, bytes of what it left of the program. */
  readonly verified: Record<'xdp_filter' | SkbProgram, { instructions: number; stack: number; size: number }>;
  /** `interface` (its index) gives `rxQueue` a device to be a queue of. */
  run(frame: Uint8Array, where?: { interface: number; rxQueue: number }): RunResult;
  /** The frame as an skb; with `gsoSize` it is a super-frame of datagrams of that size. */
  runSkb(
    program: SkbProgram,
    frame: Uint8Array,
    how?: { interface?: number; gsoSize?: number },
  ): Pick<RunResult, 'verdict' | 'counters'>;
  configure(config: ProgramConfig): void;
  addSocket(slot: number): void;
  removeSocket(slot: number): void;
  cidCounts(): (Cid & {
    packets: number;
    byteCount: number;
    firstSeen: bigint;
    lastSeen: bigint;
    shortPackets: number;
    ectPackets: number;
    cePackets: number;
  })[];
  cidBackends(): (Cid & { backend: number; queue: number })[];
  backendCounts(): {
    serverId: bigint;
    layout: number;
    packets: number;
    byteCount: number;
    shortPackets: number;
    shortBytes: number;
  }[];
  /** Packets whose short header was not read, by port. */
  unreadPorts(): Record<string, number>;
  pathCounts(): {
    client: Uint8Array;
    server: Uint8Array;
    clientPort: number;
    serverPort: number;
    packets: number;
    byteCount: number;
    ectPackets: number;
    cePackets: number;
    clientCid: Cid;
  }[];
  /** Empties the maps of CIDs, backends, ports and paths. */
  forgetCids(): void;
  tap(): TapRecord[];
  close(): void;
}

/** The FILL ring of so many UMEM frames (a power of two), with a kernel in its place. */
export interface FillRing {
  giveBack(frames: readonly number[]): void;
  /** The kernel takes up to so many. */
  take(most: number): number[];
  /** The kernel says what it has taken. */
  publish(): void;
  /** Frames that have not found a place yet. */
  readonly waiting: number;
}

interface Harness {
  constants: Record<
    | 'QT_QUEUES'
    | 'QT_CID_MAX'
    | 'QT_DEFAULT_PORT'
    | 'QT_METADATA_MAGIC'
    | 'QT_TAP_SMALL'
    | 'QT_TAP_LARGE'
    | 'QT_TAP_LEAST'
    | 'QT_MODE_IDLE'
    | 'QT_MODE_DIVERT'
    | 'QT_MODE_TAP'
    | 'QT_FROM_WATCHED'
    | 'QT_HAS_BACKEND'
    | 'QT_EGRESS'
    | 'QT_SHORT'
    | 'QT_SKB_HEADERS'
    | 'QT_LINK_RAW'
    | 'QT_CID_COUNTER_ENTRIES'
    | 'QT_IPV6_EXT_MAX_CHAIN',
    number
  >;
  /** @param cidLength of short headers to a watched port */
  classify(frame: Uint8Array, ports: number[], cidLength?: number): Classified;
  /** Loads a BPF object as quic-top loads its own; null, or why the kernel refuses it. */
  loadObject(path: string): { code: string; message: string; hint: string } | null;
  enterPrivateNetwork(): void;
  /** One send of UDP GSO: datagrams of `size` bytes, the last perhaps shorter, over IPv4. */
  sendSegments(address: string, port: number, payload: Uint8Array, size: number): void;
  /** Tags what leaves the interface, beside the frame's bytes, until closeLink() of what it returns. */
  pushVlan(ifindex: number, id: number): number;
  /**
   * First of the tc programs for what arrives, one that hands on to no other, until closeLink() of what it returns.
   * @param verdict one of TC_ACT_... (linux/pkt_cls.h)
   */
  endChain(ifindex: number, verdict: number): number;
  closeLink(link: number): void;
  /**
   * How many programs are attached to an interface by tcx, which ip and bpftool do not show when they hang on links:
   * [for what arrives, for what leaves]. @param namespace path of another network namespace that the interface is in
   */
  countTcPrograms(interfaceName: string, namespace?: string): [number, number];
  /**
   * Makes a thread of another process do a system call, and go on as if nothing had been. Bytes are put on its stack and
   * passed by their address. Returns what the call did: an errno is negative. Throws when the thread computes just now.
   */
  systemCallIn(thread: number, number: number, args: readonly (number | bigint | Uint8Array)[]): number;
  FillRing: new (frames: number) => FillRing;
  Program: new (options?: ProgramOptions) => Program;
}

const require = createRequire(import.meta.url);
export const {
  constants,
  classify,
  loadObject,
  enterPrivateNetwork,
  sendSegments,
  pushVlan,
  endChain,
  closeLink,
  countTcPrograms,
  systemCallIn,
  FillRing,
  Program,
} = require('../../build/Release/harness.node') as Harness;
