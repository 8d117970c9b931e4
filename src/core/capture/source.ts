// What the screen shows: a live capture or a capture file.

import type { ModeWatch } from '../host/choose-mode.js';
import type { Trouble } from '../host/interface-watch.js';
import type { SocketOwners } from '../host/socket-owners.js';
import { type Hook, isXdp } from '../native/addon.js';
import type { Recorder } from '../recorder/recorder.js';
import type { BackendTraffic, Capture, Cids, Ledger, Losses, Mode } from './capture.js';

/** How far a capture file has been read. */
export interface Loading {
  done: boolean;
  /** Frames of every kind that were read so far. */
  frames: number;
  /** Frames read that are no longer in the recorder, because it is too small for the file. */
  overwritten: number;
  /** What is wrong with the file, as far as it was read; it may hold anything. */
  warning: string | null;
}

export interface ScreenSource {
  readonly kind: 'live' | 'file';
  /** The interface, or the file's name without its folders. It may hold anything. */
  readonly name: string;
  /** Null when nothing is wrong, and for a file. */
  readonly trouble: Trouble | null;
  /** `divert`, `tap` or `file`. It and the reason may change while the capture runs. */
  readonly mode: string;
  /** Why this mode, when it was not asked for: `caddy (812) listens on :4433`. */
  readonly reason: string | null;
  /** What to do who wants another mode; null where there is nothing to say. */
  readonly todo: string | null;
  /** Why only packets that arrive are seen; null when those that leave are too, or the mode does not show them. */
  readonly egressMissing: string | null;
  /** The reason is a warning: packets are taken from somebody who waits for them. */
  readonly warns: boolean;
  /** Changes the mode while packets flow; null where there is no other. @throws QuicTopError */
  readonly setMode: ((mode: Mode) => void) | null;
  /** Who on this host waits for what divert takes; null when nobody that can be seen does. */
  whoWaits(): string | null;
  /** Null for a file. */
  readonly hook: Hook | null;
  /** 0 for a file. */
  readonly rxQueues: number;
  readonly recorder: Recorder;
  /** Whose the sockets are that CIDs name; null where no scheme names any, and for a file. */
  readonly owners: SocketOwners | null;
  /** Null for a live capture. */
  readonly loading: Loading | null;
  ledger(): Ledger;
  /** Of each RX queue. */
  rxQueueLosses(): Omit<Losses, 'tap_buffer_full'>[];
  /** The `limit` CIDs of most packets; a file may give fewer than there are. Good until the next call. */
  cids(limit: number): Cids;
  /** Null for a file. */
  backends(): readonly BackendTraffic[] | null;
}

/** What looks after a live capture: it tells the mode and why it is that, and what is wrong with the interface. */
export interface SourceWatch {
  readonly mode: Pick<ModeWatch, 'choice' | 'setMode' | 'whoWaits'>;
  readonly interface: { readonly trouble: Trouble | null; readonly egressMissing: string | null };
  readonly owners: SocketOwners | null;
}

export function liveSource(capture: Capture, watch: SourceWatch): ScreenSource {
  const { hook, rxQueues, recorder } = capture;
  return {
    kind: 'live',
    get name() {
      return capture.name;
    },
    get trouble() {
      return watch.interface.trouble;
    },
    get mode() {
      return watch.mode.choice.mode;
    },
    get reason() {
      return watch.mode.choice.reason;
    },
    get todo() {
      return watch.mode.choice.todo ?? null;
    },
    get egressMissing() {
      return watch.mode.choice.mode === 'tap' ? watch.interface.egressMissing : null;
    },
    get warns() {
      return watch.mode.choice.warns ?? false;
    },
    setMode: isXdp(hook) ? (mode) => watch.mode.setMode(mode) : null,
    whoWaits: () => watch.mode.whoWaits(),
    hook,
    rxQueues,
    recorder,
    owners: watch.owners,
    loading: null,
    ledger: () => capture.ledger(),
    rxQueueLosses: () => capture.rxQueueLosses(),
    cids: (limit) => capture.cids(limit),
    backends: () => capture.backends(),
  };
}
