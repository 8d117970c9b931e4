// Looks after a live capture once a second: whether somebody waits for its packets, and what others do to its interface.
import type { Capture } from '../core/capture/capture.js';
import { SocketWatch } from '../core/capture/socket-watch.js';
import { type ModeChoice, type ModeOptions, ModeWatch } from '../core/host/choose-mode.js';
import { InterfaceWatch } from '../core/host/interface-watch.js';
import type { SocketOwners } from '../core/host/socket-owners.js';

const PERIOD_MS = 1000;

export class Watch {
  readonly mode: ModeWatch;
  readonly interface: InterfaceWatch;
  private readonly sockets: SocketWatch;
  private timer: NodeJS.Timeout | undefined;

  /** @param choice chooseMode's, with which the capture was opened @throws QuicTopError */
  constructor(
    private readonly capture: Capture,
    options: ModeOptions,
    choice: ModeChoice,
    readonly owners: SocketOwners | null = null,
  ) {
    this.mode = new ModeWatch(capture, options, choice);
    this.interface = new InterfaceWatch(capture);
    this.sockets = new SocketWatch(capture);
  }

  /**
   * @param say is given what has changed; it may hold anything
   * @param ended is called when the capture has ended by itself and is stopped; why is in `interface.ended`
   */
  begin(say: (text: string) => void, ended: () => void): void {
    this.timer = setInterval(() => {
      // While the last packets are decoded and written, nothing is attached any more.
      if (this.capture.stopped) return this.end();
      this.interface.check().forEach(say);
      if (this.interface.ended) {
        this.end();
        ended();
        return;
      }
      this.owners?.look();
      const missing = this.sockets.check();
      if (missing) say(missing);
      const changed = this.mode.check();
      if (changed) modeNotes(this.capture, changed).forEach(say);
    }, PERIOD_MS);
  }

  end(): void {
    clearInterval(this.timer);
  }

  /** What the last look was too early for, once the capture is stopped. */
  finish(say: (text: string) => void): void {
    const missing = this.sockets.check();
    if (missing) say(missing);
  }
}

/** What a person should know about the mode. */
export function modeNotes({ egressMissing }: Capture, { mode, reason, todo }: ModeChoice): string[] {
  return [
    ...(reason ? [[`${mode}: ${reason}`, todo].filter(Boolean).join('; ')] : []),
    ...(mode === 'tap' && egressMissing !== null ? [`only what arrives is seen: ${egressMissing}`] : []),
  ];
}
