// Loads the native addon; the only file that does. The types are those of addon/js/module.cc and the js_*.cc beside it.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { fromOutside, QuicTopError } from '../text/errors.js';
import type { Snaplen } from '../text/values.js';
import { LIMITS, SHORT_MODE } from './abi.gen.js';

/**
 * By what packets that arrive are seen: a socket filter, a tc program, or the XDP program: in the driver, or behind it
 * (generic).
 */
export type Hook = 'socket' | 'tc' | 'native' | 'generic';
/** Whether that is an XDP program. */
export const isXdp = (hook: Hook): boolean => hook === 'native' || hook === 'generic';

/** By what those that leave are: by tcx where there is tcx, by the socket filter, not at all. */
export type Egress = 'auto' | 'socket' | 'none';

/** What is done with packets that have a short header: names of enum qt_short_mode. */
type NameOf<Key> = Key extends `SHORT_${infer Name}` ? Lowercase<Name> : never;
export type ShortMode = NameOf<keyof typeof SHORT_MODE>;
export const SHORT_MODES = Object.keys(SHORT_MODE).map(
  (name) => name.slice('SHORT_'.length).toLowerCase() as ShortMode,
);

/** What CaptureSession needs to know; validated and defaulted before it comes here. */
export interface NativeOptions {
  interface: string;
  /** enum qt_mode. */
  mode: number;
  hook: Hook;
  egress: Egress;
  /** Watched UDP ports. */
  ports: Uint16Array;
  /** Entries of cid_counter. */
  cidTable: number;
  snaplen: Snaplen;
  /** struct qt_cid_layout, one behind the other: at most LIMITS.CID_LAYOUTS; undefined: CIDv1. */
  cidLayouts: Uint8Array | undefined;
  /** The AES-128 key of each of them, one behind the other, zero where it has none; undefined: none has one. */
  cidKeys: Uint8Array | undefined;
  /** Packets that each CPU may capture in a second, 0: as many as come; null: as is good for the mode. */
  budget: number | null;
  /** Place in SHORT_MODES. */
  short: number;
  /** One in so many short headers is captured besides what `short` says, 0: none. */
  sample: number;
  /** In mode divert, short headers that name a backend are taken from the host, too. */
  divertShort: boolean;
  /** AF_XDP sockets of each RX queue. */
  sockets: number;
  /** AF_XDP sockets get the driver's own buffers. */
  zeroCopy: boolean;
  /** Of the drain threads, in turn; none: where the kernel puts them. */
  cpus: readonly number[];
  promiscuous: boolean;
}

/**
 * Frames that an interface received in vain, since it was made or its driver began to count, by the kernel's names
 * (addon/host/links.h).
 */
export interface LinkStatistics {
  rx_dropped: number;
  rx_missed_errors: number;
  rx_fifo_errors: number;
  rx_over_errors: number;
}

/** The interface of a capture and what hangs on it. */
export interface InterfaceState {
  /** `moved`: to another network namespace. What follows is as it was last seen here. */
  presence: 'here' | 'deleted' | 'moved';
  name: string;
  up: boolean;
  /** Since the last look, perhaps only for a moment. */
  wentDown: boolean;
  mtu: number;
  rxQueues: number;
  /** The program that sees what arrives. */
  programAttached: boolean;
  /** False also when it never was. */
  egressAttached: boolean;
  /** Null for `any`, and until it was seen. */
  statistics: LinkStatistics | null;
}

/** How an interface is set at one moment (addon/host/interface_snapshot.h). */
export interface InterfaceSnapshot {
  name: string;
  /** Id of the XDP program on it, or 0. */
  program: number;
  mtu: number;
  /** How many want it to be promiscuous. */
  promiscuity: number;
  carrier: boolean;
  carrierChanges: number;
  /** Queues that only receive, and pairs of one that receives and one that sends. */
  rxChannels: number;
  combinedChannels: number;
  /** Those that are active or requested, by the kernel's names ("rx-lro"). */
  features: { name: string; active: boolean; requested: boolean }[];
}

/** A capture on one interface. Every method throws NativeError. */
export interface NativeSession {
  readonly hook: Hook;
  /** Of all its frames: enum qt_link_type. */
  readonly linkType: number;
  readonly zeroCopy: boolean;
  /** RX queues of the interface, since the program is attached. */
  readonly rxQueues: number;
  /** Those that have AF_XDP sockets, the first ones: all, unless a joined program has no slots for the others; 0 without XDP. */
  readonly socketQueues: number;
  readonly programId: number;
  /** False: the program was attached by somebody else and stays. */
  readonly ownsProgram: boolean;
  /** Why what leaves the interface is not seen in mode tap; empty when it is. */
  readonly egressMissing: string;
  /** Features of the interface that attaching the XDP program switched off. */
  readonly switchedOff: string[];
  /** Why they are not switched on again when it ends; empty when they are. */
  readonly restoreFailure: string;
  /** The interface before anything was done to it, and after stop(); null where it could not be seen. */
  readonly beforeAttach: InterfaceSnapshot | null;
  readonly afterDetach: InterfaceSnapshot | null;
  /** Starts the drain threads and then the program's capturing. */
  start(): void;
  /** Fills `kernel` and `egress` by enum qt_counter (packets) and `lost` by enum qt_loss (frames). */
  counters(kernel: Float64Array, egress: Float64Array, lost: Float64Array): void;
  /** Frames lost by each RX queue's sockets: [rx queue][rx_ring_full, fill_ring_empty, invalid_descriptor]. */
  rxQueueLosses(lost: Float64Array): void;
  /**
   * Fills rows (struct qt_cid_row) with the CIDs of most packets, and `backends` (struct qt_backend_cids) with those that
   * most CIDs name. Returns how many CIDs the whole table holds, and how many backends were filled in.
   */
  cids(rows: Uint8Array, backends: Uint8Array): { cids: number; backends: number };
  /** Fills `rows` (struct qt_backend_row) with what the programs counted of each backend; returns how many. */
  backends(rows: Uint8Array): number;
  /** Needs no privilege. To be asked before stop(), which detaches by itself. */
  look(): InterfaceState;
  /** One of enum qt_mode. */
  setMode(mode: number): void;
  /** Ends capturing; when it returns every frame is in the recorder or in a loss counter. */
  stop(): void;
  /** Detaches and frees everything. Legal in any state, and twice. */
  close(): void;
}

/** A capture file. Every method throws NativeError. */
export interface NativeCaptureFile {
  /** What is wrong with the file, as far as it was read. */
  readonly warning: string | null;
  /** Reads up to the first frame and lays out the recorder. False: not in the milliseconds of this call. */
  begin(): boolean;
  /**
   * Reads on until there are `most` records more, for some milliseconds; records from the sequence number `unread` on are
   * not overwritten. False: the end.
   */
  read(most: number, unread: number): boolean;
  /** The same on another thread; until that is done, only close() may be called. */
  readAhead(most: number, unread: number): Promise<boolean>;
  /** Fills `kernel` by enum qt_counter (frames). */
  counters(kernel: Float64Array): void;
  /** Closes the file. Legal in any state, and twice. */
  close(): void;
}

/** Ids of a user and its primary group. */
export interface User {
  uid: number;
  gid: number;
}

/** What it keeps when it confines itself. */
export interface SandboxNeeds {
  /** Folders in which new files may be made. */
  writable: readonly string[];
  /** Folders from which files may only be removed. */
  removable: readonly string[];
  /** BPF maps that are open for that may be written. */
  writesMaps: boolean;
  /** udpSockets() goes on to answer. */
  asksSockets: boolean;
}

/** A network interface of this namespace (addon/host/links.h). */
export interface Link {
  index: number;
  name: string;
  /** "veth", "bridge", "vlan" ...; empty for hardware and loopback. */
  kind: string;
  up: boolean;
  loopback: boolean;
  /** Of its frames: enum qt_link_type, or 0 for those that cannot be read. */
  linkType: number;
  mtu: number;
  /** Index of the bridge, bond ... that it is a member of, or 0. */
  master: number;
  /** Index of the interface that it stands on (vlan, macvlan), or of its peer (veth), or 0. */
  lower: number;
  /** Id of the XDP program on it, or 0, and whether that runs in the driver. */
  program: number;
  native: boolean;
  statistics: LinkStatistics;
}

/** What a driver says about itself. */
export interface Device {
  /** Empty where it does not say. */
  driver: string;
  /** In use, and that there can be. */
  rxQueues: number;
  mostRxQueues: number;
  /** Bytes of a page of memory, into which a driver puts a frame. */
  pageSize: number;
  /** Those that are on, by the kernel's names ("rx-lro"); what is `fixed` cannot be switched off. */
  features: { name: string; fixed: boolean }[];
}

/** What a driver counts by a name of its own, which others may have too. */
export interface DriverStatistic {
  name: string;
  value: number;
}

/** A filter of tc on an interface. */
export interface TcFilter {
  /** "bpf", "flower" ... */
  kind: string;
  /** Id of its BPF program, or 0. */
  program: number;
}

/** A BPF program that is loaded. */
export interface ProgramInfo {
  name: string;
  /** Name, id, tag, when it was loaded, by whom. */
  description: string;
}

/** The functions of addon/js/js_system.cc. */
export interface NativeSystem {
  /** The user of a name, or of a number in digits; null when there is none. */
  findUser(name: string): User | null;
  /**
   * Makes every thread this user, without supplementary groups, capabilities and new privileges. `readsMaps`: BPF maps
   * that are open must stay readable, where that takes CAP_BPF. @throws NativeError
   */
  dropPrivileges(user: User, readsMaps: boolean): void;
  /** See enter_sandbox (addon/host/sandbox.h). @throws NativeError; the process must then end */
  enterSandbox(needs: SandboxNeeds): void;
  /** What the running kernel has of it: `landlock` is the version of its ABI, 0 where there is none. */
  sandboxSupport(): { seccomp: boolean; landlock: number };
  /**
   * Gives an open file that has no name (O_TMPFILE) the name `path`, never in the place of another. Node has no linkat().
   * Why it could not: an error name, or null.
   */
  linkFile(fd: number, path: string): string | null;
  /** @throws NativeError */
  links(): Link[];
  /** Ethernet addresses besides its own that the interface of that index was told to receive for. @throws NativeError */
  otherAddresses(index: number): string[];
  /** Bits of enum netdev_xdp_act, of the interface of that index; null before Linux 6.3. */
  xdpFeatures(index: number): number | null;
  /** @throws NativeError */
  device(name: string): Device;
  /** What `ethtool -S` shows; empty where the driver does not say. Some ask their hardware. @throws NativeError */
  driverStatistics(name: string): DriverStatistic[];
  /** @throws NativeError: there is no such program, or no permission to look at it */
  programInfo(id: number): ProgramInfo;
  /**
   * Loads the program that sees what arrives at an interface, the XDP program or the socket filter, or looks at the XDP
   * program that is attached, and lets go. @throws NativeError
   */
  tryProgram(interfaceName: string, xdp: boolean): void;
  /** IP addresses of all interfaces, as text. @throws NativeError */
  ownAddresses(): string[];
  /**
   * All UDP sockets of this network namespace, three numbers of each: its cookie (SO_COOKIE), its inode, its port or 0.
   * @throws NativeError
   */
  udpSockets(): BigUint64Array;
  /** How many addresses an interface has, besides link-local ones. @throws NativeError */
  addresses(index: number): number;
  /** Why this process is refused bpf(), AF_XDP sockets, programs on what leaves an interface: an error name, or null. */
  bpfRefusal(): string | null;
  afXdpRefusal(): string | null;
  tcxRefusal(index: number): string | null;
  /**
   * Ids of the tcx programs on what leaves an interface, or on what arrives, in the order in which they run; null before
   * Linux 6.6, and without CAP_NET_ADMIN.
   */
  tcxPrograms(index: number, leaving: boolean): number[] | null;
  /** The filters of a clsact or ingress queueing discipline, which run behind them. @throws NativeError */
  tcFilters(index: number, leaving: boolean): TcFilter[];
}

/** What a ClientHello tells. Names have one character for each byte. */
export type HelloValues = [
  sni: string | null,
  /** Null without the extension. Of too many names the first. */
  alpn: string[] | null,
  /** How many names there are more. */
  alpnMore: number,
  ja4: string,
  ech: boolean,
];

/** Opens the Initials of many connections (addon/quic/initial_decoder.h). */
export interface NativeInitialDecoder {
  /**
   * Decodes an Initial, or a Retry from a server, that is whole. Records are given in order of time, each once.
   * @param record struct qt_record
   * @param frame captured bytes of the packet's frame, or null when they are gone
   * @param chooserUnknown nobody knows who chose the packet's DCID
   * @param opened gets a struct qt_opened_initial
   * @returns one of enum qt_initial_verdict
   */
  decode(record: Uint8Array, frame: Uint8Array | null, chooserUnknown: boolean, opened: Uint8Array): number;
  /** The ClientHello that the last packet completed, or null. */
  hello(): HelloValues | null;
  /** Connections that had to be forgotten for newer ones. */
  readonly connectionsDropped: number;
}

/** Functions and classes of addon/js/js_initial.cc. */
export interface NativeInitials {
  /** See derive_initial_keys. Null: nobody knows how that version makes them. */
  initialKeys(version: number, dcid: Uint8Array, ofServer: boolean): Uint8Array | null;
  /** See open_initial: the packet number, or -1. */
  openInitial(keys: Uint8Array, packet: Uint8Array, numberOffset: number, largest: number, out: Uint8Array): number;
  /**
   * See packet_number_offset, and guess_initial for a version that is not known: where the packet number begins, and where
   * the packet ends. Null: as an Initial it cannot be read.
   * @param record struct qt_record
   */
  initialPlace(record: Uint8Array, packet: Uint8Array): [numberOffset: number, end: number] | null;
  /** @param connections how many are remembered at a time */
  readonly InitialDecoder: new (
    connections: number,
  ) => NativeInitialDecoder;
  /** One of enum qt_packet_type, of a long header's version and first byte. */
  packetType(version: number, first: number): number;
}

/** Names of the numbers that a struct qt_packet_line has (addon/lines/packet_json.h). */
export interface PacketNames {
  /** struct qt_cid_layout, one behind the other. */
  cidLayouts: Uint8Array;
  /** By enum qt_packet_type. */
  types: readonly string[];
  /** Of the layouts' schemes, in their order. */
  schemes: readonly string[];
  trusts: readonly string[];
  /** By enum qt_unroutable, from 1 on. */
  unroutables: readonly string[];
  /** Of the bits of enum qt_issue, the lowest first. */
  issues: readonly string[];
}

/** Writes packets as lines of JSON. */
export interface NativePacketJson {
  /**
   * As many lines as `count`, with their line breaks.
   * @param lines struct qt_packet_line
   * @param texts printable ASCII and what ends it, which the lines point into
   * @param interfaceName a JSON value, in ASCII
   * @param reuse whether the memory of what the last call returned may be written again
   * @throws Error when there are fewer lines, or they point past the texts' end
   */
  format(lines: Uint32Array, count: number, texts: string, interfaceName: string, reuse: boolean): Uint8Array;
}

/** Function of addon/js/js_cid.cc. */
export interface NativeCids {
  /**
   * Reads a CID by struct qt_cid_layout, one behind the other (undefined: CIDv1), of which the first that fits counts: that
   * layout, why it names no server (enum qt_unroutable), the bytes of the server id, and worker and process where it has
   * them. Null: none fits. @param schemes cidKeys: as in NativeOptions
   */
  readCid(
    schemes: Pick<NativeOptions, 'cidLayouts' | 'cidKeys'>,
    cid: Uint8Array,
  ):
    | [
        layout: Uint8Array,
        unroutable: number,
        serverId: Uint8Array | null,
        worker: number | null,
        process: number | null,
      ]
    | null;
}

/** Functions and classes of addon/js/js_packet_json.cc. */
export interface NativeText {
  /** @param epoch Recorder.epoch */
  readonly PacketJson: new (
    epoch: bigint,
    names: PacketNames,
  ) => NativePacketJson;
  /** 16 bytes as RFC 5952 has them. */
  ipv6Text(bytes: Uint8Array, offset: number): string;
}

/** Calls into the addon, its errors turned into ours. @throws QuicTopError */
export function native<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw fromOutside(error);
  }
}

/** The same for what takes its time. */
export async function nativePromise<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw fromOutside(error);
  }
}

interface Addon extends NativeSystem, NativeCids, NativeInitials, NativeText {
  readonly abiVersion: number;
  readonly CaptureSession: {
    new (options: NativeOptions, recorder: Uint8Array): NativeSession;
    /** The same on another thread. */
    open(options: NativeOptions, recorder: Uint8Array): Promise<NativeSession>;
  };
  readonly CaptureFile: new (
    options: { path: string; ports: Uint16Array } & Pick<NativeOptions, 'cidLayouts' | 'cidKeys'>,
    recorder: Uint8Array,
  ) => NativeCaptureFile;
}

let loaded: Addon | undefined;
let path = '';

/** Where the addon was loaded from. */
export function addonPath(): string {
  loadAddon();
  return path;
}

function findAddon(): string {
  // Seen from the bundle in dist/ and from this file.
  const [bundled, source] = ['..', '../../..'].map(
    (up) => new URL(`${up}/build/Release/quic_top.node`, import.meta.url),
  );
  return fileURLToPath((existsSync(source as URL) ? source : bundled) as URL);
}

/**
 * The addon; the first call loads it.
 * @param from what addonPath() says on the main thread: a worker's script is no file that could look beside itself. By
 * that path the dynamic linker knows what is loaded already, so the file need not be readable any more.
 * @throws QuicTopError ADDON when it is missing, broken or of another version.
 */
export function loadAddon(from?: string): Addon {
  if (loaded) return loaded;
  const holder = { exports: {} };
  try {
    path = from ?? findAddon();
    process.dlopen(holder, path);
  } catch (error) {
    const reason = (error as Error).message.split('\n')[0];
    throw new QuicTopError('ADDON', `cannot load the native addon: ${reason}`, 'build it again: npm run build');
  }
  const addon = holder.exports as Addon;
  if (addon.abiVersion !== LIMITS.ABI_VERSION) {
    throw new QuicTopError(
      'ADDON',
      `the native addon has layout version ${addon.abiVersion}, this quic-top needs ${LIMITS.ABI_VERSION}`,
      'build it again: npm run build',
    );
  }
  loaded = addon;
  return addon;
}
