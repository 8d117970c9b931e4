// A capture file, read through the addon into a flight recorder of its own, a part at a time.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { COUNTER } from '../native/abi.gen.js';
import { loadAddon, type NativeCaptureFile, native, nativePromise } from '../native/addon.js';
import { type Lane, Recorder } from '../recorder/recorder.js';
import { allocateRecorder, counterNames, type KernelCounters, type Ledger, noLosses } from './capture.js';

/** Records that are read at a time by default: to open that many Initials takes some milliseconds. */
export const RECORDS = 512;

export interface CaptureFileOptions {
  /** The file's path, or "-" for standard input. */
  path: string;
  /** Watched UDP ports, each 1 to 65535. */
  ports: readonly number[];
  /** Bytes of the flight recorder. */
  bufferBytes: number;
  /** See CaptureOptions. */
  cidLayouts?: Uint8Array | undefined;
  /** See NativeOptions. */
  cidKeys?: Uint8Array | undefined;
}

export class CaptureFile {
  private readonly kernel = new Float64Array(COUNTER.COUNTERS);

  private constructor(
    readonly options: CaptureFileOptions,
    private readonly file: NativeCaptureFile,
    readonly recorder: Recorder,
  ) {}

  /**
   * Opens the file, calls `opened`, and only then reads up to its first frame, which takes until
   * `stop` fires where none comes. @returns null when it fired. @throws QuicTopError when it is no capture file that can be read
   */
  static async open(
    options: CaptureFileOptions,
    stop: AbortSignal,
    opened: () => Promise<void> = async () => {},
  ): Promise<CaptureFile | null> {
    const { CaptureFile: Native } = loadAddon();
    const memory = allocateRecorder(options.bufferBytes);
    const { path, cidLayouts, cidKeys } = options;
    const ports = Uint16Array.from(options.ports);
    const file = native(() => new Native({ path, ports, cidLayouts, cidKeys }, new Uint8Array(memory)));
    try {
      await opened();
      while (!native(() => file.begin())) {
        await nextTurn();
        if (stop.aborted) {
          file.close();
          return null;
        }
      }
    } catch (error) {
      file.close();
      throw error;
    }
    return new CaptureFile(options, file, new Recorder(memory));
  }

  /**
   * Reads on, for a few milliseconds. False: that was the last. Damage ends a file; `warning` tells.
   * @param most records, about: to open one takes much longer than to read it
   * @param unread sequence number of the first record that is not to be overwritten: where there is no room, nothing is read
   */
  read(most = RECORDS, unread = this.lane.head()): boolean {
    return native(() => this.file.read(most, unread));
  }

  /** The same on another thread; until that is done, only close() may be called. */
  readAhead(most: number, unread: number): Promise<boolean> {
    return nativePromise(() => this.file.readAhead(most, unread));
  }

  /** Where the records are. */
  get lane(): Lane {
    return this.recorder.lanes[0] as Lane;
  }

  /** What came out about the file while it was read, or null. */
  get warning(): string | null {
    return native(() => this.file.warning);
  }

  /** Where every frame read so far ended. Nothing is ever lost on the way. */
  ledger(): Ledger {
    native(() => this.file.counters(this.kernel));
    const kernel = Object.fromEntries(counterNames.map(([name, index]) => [name, this.kernel[index]]));
    return { kernel: kernel as KernelCounters, egress: null, lost: noLosses(), nic: null };
  }

  /** Closes the file; what is in the recorder stays. Legal in any state, and twice. */
  close(): void {
    native(() => this.file.close());
  }
}
