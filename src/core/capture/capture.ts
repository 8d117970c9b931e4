// A live capture on one interface: the addon's session, its flight recorder and its ledger.

import { type BackendHandle, backendKey } from '../cid/layout.js';
import type { ServerId } from '../cid/server-id.js';
import { type InterfaceChange, interfaceChanges } from '../host/interface-changes.js';
import { countsByItself, NicLossCounter, type NicLosses, nicLosses } from '../host/nic-losses.js';
import {
  BACKEND_CIDS,
  BACKEND_COUNT,
  BACKEND_ROW,
  CID,
  CID_ROW,
  COUNTER,
  LIMITS,
  LOSS,
  MODE,
} from '../native/abi.gen.js';
import {
  type Egress,
  type Hook,
  type InterfaceState,
  isXdp,
  loadAddon,
  type NativeOptions,
  type NativeSession,
  native,
  nativePromise,
  SHORT_MODES,
  type ShortMode,
} from '../native/addon.js';
import { Recorder } from '../recorder/recorder.js';
import { QuicTopError } from '../text/errors.js';
import { hex } from '../text/format.js';
import type { Snaplen } from '../text/values.js';

/** What a session does with the long headers it sees (see the README's table of modes). */
export type Mode = 'divert' | 'tap';

export interface CaptureOptions {
  interface: string;
  /** The mode to begin with. */
  mode: Mode;
  hook: Hook;
  egress: Egress;
  /** Watched UDP ports, each 1 to 65535. */
  ports: readonly number[];
  /** Bytes of the flight recorder. */
  bufferBytes: number;
  /** Entries of cid_counter. */
  cidTable: number;
  snaplen: Snaplen;
  /** By which connection IDs are read: struct qt_cid_layout, one behind the other; CIDv1 when absent. */
  cidLayouts?: Uint8Array | undefined;
  /** See NativeOptions. */
  cidKeys?: Uint8Array | undefined;
  /** Packets that each CPU may capture in a second, 0: as many as come; null: 200,000 in mode tap. */
  budget: number | null;
  /** What is done with short headers; `events` when absent. */
  short?: ShortMode;
  /** See NativeOptions; 0 when absent. */
  sample?: number;
  /** See NativeOptions. */
  divertShort?: boolean;
  /** AF_XDP sockets of each RX queue, 1 to LIMITS.QUEUES. */
  sockets: number;
  zeroCopy: boolean;
  /** Of the drain threads, in turn; none: where the kernel puts them. */
  cpus: readonly number[];
  /** Only an XDP program sees what is not for this host. */
  promiscuous: boolean;
}

type LowerKeys<T, Except extends string> = {
  [K in keyof T as K extends Except ? never : Lowercase<K & string>]: number;
};

/** A program's counters, in packets: where every frame ended (enum qt_counter). */
export type KernelCounters = LowerKeys<typeof COUNTER, 'COUNTERS' | 'TAP_FULL'>;

/** Frames lost after the program chose them, by cause. */
export interface Losses {
  rx_ring_full: number;
  fill_ring_empty: number;
  invalid_descriptor: number;
  tap_buffer_full: number;
}

export function noLosses(): Losses {
  return { rx_ring_full: 0, fill_ring_empty: 0, invalid_descriptor: 0, tap_buffer_full: 0 };
}

export interface Ledger {
  /** Of the frames that arrived. */
  kernel: KernelCounters;
  /** Of those that left while in mode tap; null when nobody looked at them. */
  egress: KernelCounters | null;
  lost: Losses;
  /**
   * Frames that the network card lost since the capture was opened, as of the last look(). No program saw them: they are in
   * none of the counters above, and in no balance. Null for a file, and for all interfaces at once.
   */
  nic: NicLosses | null;
}

/**
 * A row of the `cid_counter` table. Times are nanoseconds since Recorder.epoch, negative for earlier ones, NaN for frames
 * of a capture file that have none.
 */
export interface CidRow {
  cid: string;
  /** Place of the layout by which it was read in ServerIds.layouts, from 1; 0: by none. */
  cidLayout: number;
  backend: ServerId | null;
  packets: number;
  /** Of those, with a short header. */
  shortPackets: number;
  bytes: number;
  firstSeen: number;
  lastSeen: number;
}

/** What the programs counted of a backend (`backend_counter`): packets to it whose CID a server chose. */
export interface BackendTraffic extends BackendHandle {
  backend: ServerId;
  packets: number;
  /** Of whole frames. */
  bytes: number;
  /** Of those, with a short header. */
  shortPackets: number;
  shortBytes: number;
}

/** What the `cid_counter` table says. */
export interface Cids {
  /** The CIDs of most packets, the most first. */
  rows: CidRow[];
  /** CIDs in the whole table. */
  total: number;
  /** How many of those name each backend, by backendKey(). */
  backendCids: ReadonlyMap<number, number>;
}

export function noCids(): Cids {
  return { rows: [], total: 0, backendCids: new Map() };
}

/** Each counter of KernelCounters and its place in enum qt_counter. */
export const counterNames = Object.keys(COUNTER)
  .filter((name) => name !== 'COUNTERS' && name !== 'TAP_FULL')
  .map((name) => [name.toLowerCase(), COUNTER[name as keyof typeof COUNTER]] as const);

const lossNames = Object.keys(LOSS)
  .filter((name) => name !== 'LOSSES')
  .map((name) => [name.replace('LOST_', '').toLowerCase(), LOSS[name as keyof typeof LOSS]] as const);

/** The memory of a flight recorder. @throws QuicTopError BUFFER */
export function allocateRecorder(bytes: number): SharedArrayBuffer {
  try {
    return new SharedArrayBuffer(bytes);
  } catch {
    throw new QuicTopError('BUFFER', `no memory for a buffer of ${bytes} bytes`, 'give a smaller --buffer');
  }
}

function readBackendCids(memory: Uint8Array, count: number): Map<number, number> {
  const data = new DataView(memory.buffer);
  return new Map(
    Array.from({ length: count }, (_, i) => {
      const at = i * BACKEND_CIDS.SIZE;
      const cidLayout = data.getUint32(at + BACKEND_CIDS.cid_layout, true);
      const handle = data.getUint32(at + BACKEND_CIDS.backend, true);
      return [backendKey({ cidLayout, handle }), data.getUint32(at + BACKEND_CIDS.cids, true)];
    }),
  );
}

const nativeMode = (mode: Mode) => (mode === 'divert' ? MODE.MODE_DIVERT : MODE.MODE_TAP);

export class Capture {
  private readonly kernel = new Float64Array(COUNTER.COUNTERS);
  private readonly egress = new Float64Array(COUNTER.COUNTERS);
  private readonly lost = new Float64Array(LOSS.LOSSES);
  /** What cids() writes into, once it is asked. */
  private namedBackends: Uint8Array | null = null;
  /** The same of backends(). */
  private backendRows: Uint8Array | null = null;
  private currentMode: Mode;
  private currentName: string;
  private hasStopped = false;
  private readonly nic = new NicLossCounter();
  /** It has been in mode tap, the only one in which what leaves is looked at. */
  private hasTapped: boolean;

  private constructor(
    readonly options: CaptureOptions,
    private readonly session: NativeSession,
    readonly recorder: Recorder,
    /** Of the interface, to be asked for counters of its own; empty: it is not to be asked, or does not say what it is. */
    private readonly driver: string,
  ) {
    this.currentMode = options.mode;
    this.currentName = options.interface;
    this.hasTapped = options.mode === 'tap';
    this.tryLook();
  }

  /**
   * Does everything that can fail: loads and attaches the program, binds the sockets, lays out the recorder.
   * Nothing is captured before start(). @throws QuicTopError
   */
  static open(options: CaptureOptions): Capture {
    const memory = allocateRecorder(options.bufferBytes);
    const driver = driverOf(options);
    const { CaptureSession } = loadAddon();
    const session = native(() => new CaptureSession(nativeOptions(options), new Uint8Array(memory)));
    return new Capture(options, session, new Recorder(memory), driver);
  }

  /** The same on another thread, while this one goes on: for who is in the network namespace of the process. */
  static async openMeanwhile(options: CaptureOptions): Promise<Capture> {
    const memory = allocateRecorder(options.bufferBytes);
    const driver = driverOf(options);
    const { CaptureSession } = loadAddon();
    const session = await nativePromise(() => CaptureSession.open(nativeOptions(options), new Uint8Array(memory)));
    return new Capture(options, session, new Recorder(memory), driver);
  }

  /** What the interface is called, as of the last look(). */
  get name(): string {
    return this.currentName;
  }

  /** The interface as it is now, while it is captured. Needs no privilege. */
  look(): InterfaceState {
    const state = native(() => this.session.look());
    this.currentName = state.name;
    this.readNic(state);
    return state;
  }

  /** For what the network card lost until now. Where it fails the look before counts. */
  private tryLook(): void {
    try {
      this.look();
    } catch (error) {
      if (!(error instanceof QuicTopError)) throw error;
    }
  }

  private readNic({ presence, name, statistics }: InterfaceState): void {
    if (presence !== 'here' || !statistics) return;
    const { driver } = this;
    const own = countsByItself(driver) ? native(() => loadAddon().driverStatistics(name)) : [];
    if (countsByItself(driver) && own.length === 0) return; // it did not answer: the next time
    this.nic.read(nicLosses(statistics, driver, own));
  }

  get mode(): Mode {
    return this.currentMode;
  }

  /**
   * Changes the mode from the next packet on, while packets flow. None is lost by it, and the ledger stays exact.
   * @throws QuicTopError XDP_NONE: only the XDP program can divert
   */
  setMode(mode: Mode): void {
    native(() => this.session.setMode(nativeMode(mode)));
    this.currentMode = mode;
    this.hasTapped ||= mode === 'tap';
  }

  /** Takes no packet until the function that it returns is called: this process is about to be stopped. */
  pause(): () => void {
    if (this.currentMode !== 'divert') return () => {};
    native(() => this.session.setMode(MODE.MODE_IDLE));
    return () => native(() => this.session.setMode(nativeMode(this.currentMode)));
  }

  /** By what arriving packets are seen; fixed for the session. */
  get hook(): Hook {
    return this.session.hook;
  }
  /** Of all its frames, by the numbers that capture files use. */
  get linkType(): number {
    return this.session.linkType;
  }
  get zeroCopy(): boolean {
    return this.session.zeroCopy;
  }
  get rxQueues(): number {
    return this.session.rxQueues;
  }
  /**
   * RX queues that have AF_XDP sockets, the first ones; what arrives by the others is copied, not diverted. 0 without XDP.
   */
  get socketQueues(): number {
    return this.session.socketQueues;
  }
  get programId(): number {
    return this.session.programId;
  }
  /** False: the program was attached by somebody else and stays when this session ends. */
  get ownsProgram(): boolean {
    return this.session.ownsProgram;
  }

  /**
   * Why mode tap shows what arrives only, and not what leaves; null when it shows both. On a loopback interface both are
   * one.
   */
  get egressMissing(): string | null {
    return this.session.egressMissing || null;
  }

  /** Features of the interface that attaching the XDP program switched off, by the kernel's names. */
  get switchedOff(): readonly string[] {
    return this.session.switchedOff;
  }
  /** Why they will not be switched on again at the end; null when they will, however it ends. */
  get restoreFailure(): string | null {
    return this.session.restoreFailure || null;
  }
  /** What is not as it was before open(); null before stop(), and where it cannot be seen any more. */
  get interfaceChanges(): InterfaceChange[] | null {
    const { beforeAttach, afterDetach } = this.session;
    return beforeAttach && afterDetach && interfaceChanges(beforeAttach, afterDetach);
  }

  start(): void {
    native(() => this.session.start());
  }

  /** Where every frame ended, read now. Balanced only after stop(): before it, frames are on their way. */
  ledger(): Ledger {
    native(() => this.session.counters(this.kernel, this.egress, this.lost));
    const take = (names: (readonly [string, number])[], values: Float64Array) =>
      Object.fromEntries(names.map(([name, index]) => [name, values[index]]));
    return {
      kernel: take(counterNames, this.kernel) as KernelCounters,
      egress:
        this.hasTapped && this.egressMissing === null ? (take(counterNames, this.egress) as KernelCounters) : null,
      lost: take(lossNames, this.lost) as unknown as Losses,
      nic: this.nic.losses,
    };
  }

  /** Frames lost by the sockets of each RX queue. */
  rxQueueLosses(): Omit<Losses, 'tap_buffer_full'>[] {
    const lost = new Float64Array(this.rxQueues * 3);
    native(() => this.session.rxQueueLosses(lost));
    return Array.from({ length: this.rxQueues }, (_, i) => ({
      rx_ring_full: lost[3 * i] as number,
      fill_ring_empty: lost[3 * i + 1] as number,
      invalid_descriptor: lost[3 * i + 2] as number,
    }));
  }

  /** What was counted of each backend since the programs were loaded, also of packets that were not captured. */
  backends(): BackendTraffic[] {
    this.backendRows ??= new Uint8Array(LIMITS.BACKEND_COUNTER_ENTRIES * BACKEND_ROW.SIZE);
    const buffer = this.backendRows;
    const count = native(() => this.session.backends(buffer));
    const data = new DataView(buffer.buffer);
    return Array.from({ length: count }, (_, i) => {
      const at = i * BACKEND_ROW.SIZE;
      const cidLayout = data.getUint32(at + BACKEND_ROW.cid_layout, true);
      const handle = data.getUint32(at + BACKEND_ROW.backend, true);
      const counted = (field: keyof typeof BACKEND_COUNT) =>
        Number(data.getBigUint64(at + BACKEND_ROW.count + BACKEND_COUNT[field], true));
      return {
        cidLayout,
        handle,
        backend: this.recorder.serverIds.of(cidLayout, handle),
        packets: counted('packets'),
        bytes: counted('bytes'),
        shortPackets: counted('short_packets'),
        shortBytes: counted('short_bytes'),
      };
    });
  }

  /** The `limit` CIDs of most packets in cid_counter. */
  cids(limit: number): Cids {
    const buffer = new Uint8Array(limit * CID_ROW.SIZE);
    this.namedBackends ??= new Uint8Array(this.options.cidTable * BACKEND_CIDS.SIZE);
    const named = this.namedBackends;
    const { cids: total, backends } = native(() => this.session.cids(buffer, named));
    const data = new DataView(buffer.buffer);
    const rows = Array.from({ length: Math.min(limit, total) }, (_, i): CidRow => {
      const at = i * CID_ROW.SIZE;
      const cid = at + CID_ROW.cid;
      const cidLayout = data.getUint8(at + CID_ROW.cid_layout);
      const handle = data.getUint32(at + CID_ROW.backend, true);
      const length = data.getUint8(cid + CID.length);
      return {
        cid: hex(buffer, cid + CID.bytes, cid + CID.bytes + length),
        cidLayout,
        backend: data.getUint8(at + CID_ROW.has_backend) ? this.recorder.serverIds.of(cidLayout, handle) : null,
        packets: Number(data.getBigUint64(at + CID_ROW.packets, true)),
        shortPackets: Number(data.getBigUint64(at + CID_ROW.short_packets, true)),
        bytes: Number(data.getBigUint64(at + CID_ROW.bytes, true)),
        firstSeen: Number(data.getBigInt64(at + CID_ROW.first_seen, true)),
        lastSeen: Number(data.getBigInt64(at + CID_ROW.last_seen, true)),
      };
    });
    return { rows, total, backendCids: readBackendCids(named, backends) };
  }

  /** Ends capturing: when it returns, every frame that was chosen is in the recorder or in a loss counter. */
  stop(): void {
    // Detaching may reset the network card, and its counters.
    if (!this.hasStopped) this.tryLook();
    this.hasStopped = true;
    native(() => this.session.stop());
  }

  /** Whether stop() was called: the program is detached since, and by nobody else. */
  get stopped(): boolean {
    return this.hasStopped;
  }

  /** Detaches the program (if it is ours) and frees everything. Legal in any state, and twice. */
  close(): void {
    native(() => this.session.close());
  }
}

/** Mode tap asks nothing of the driver: then, and where it does not say, it is empty. */
const driverOf = ({ hook, interface: name }: CaptureOptions) =>
  isXdp(hook) ? native(() => loadAddon().device(name)).driver : '';

const nativeOptions = (options: CaptureOptions): NativeOptions => ({
  interface: options.interface,
  mode: nativeMode(options.mode),
  hook: options.hook,
  egress: options.egress,
  ports: Uint16Array.from(options.ports),
  cidTable: options.cidTable,
  snaplen: options.snaplen,
  cidLayouts: options.cidLayouts,
  cidKeys: options.cidKeys,
  budget: options.budget,
  short: SHORT_MODES.indexOf(options.short ?? 'events'),
  sample: options.sample ?? 0,
  divertShort: options.divertShort ?? false,
  sockets: options.sockets,
  zeroCopy: options.zeroCopy,
  cpus: options.cpus,
  promiscuous: options.promiscuous,
});
