// Packets that were to be diverted, and went to the host instead: their RX queue has no AF_XDP socket.
import { RECORDER_LIMITS } from '../native/abi.gen.js';
import type { Recorder } from '../recorder/recorder.js';
import type { Ledger } from './capture.js';

interface Watchable {
  readonly name: string;
  readonly socketQueues: number;
  readonly ownsProgram: boolean;
  readonly recorder: Pick<Recorder, 'rxQueue'>;
  ledger(): Pick<Ledger, 'kernel'>;
}

/** RX queues by which packets came, of those without sockets: `RX queue 3`, `RX queues 2, 3`. */
function queuesWithout({ recorder, socketQueues }: Watchable): string {
  const queues: string[] = [];
  for (let queue = socketQueues; queue < RECORDER_LIMITS.RX_QUEUES; queue++) {
    if (recorder.rxQueue(queue).packets === 0) continue;
    // The last counter is that of all queues from there on.
    queues.push(queue === RECORDER_LIMITS.RX_QUEUES - 1 ? `${queue} or higher` : String(queue));
  }
  if (queues.length === 0) return `an RX queue from ${socketQueues} on`;
  return `RX queue${queues.length > 1 ? 's' : ''} ${queues.join(', ')}`;
}

/** check() is to be called about once a second, and after the end. */
export class SocketWatch {
  private hasSaid = false;

  constructor(private readonly capture: Watchable) {}

  /** The first time that there are such packets: by which RX queues they came, and what to do. */
  check(): string | null {
    const { capture } = this;
    if (this.hasSaid || capture.ledger().kernel.no_socket === 0) return null;
    this.hasSaid = true;
    const again = `start quic-top again: sudo quic-top ${capture.name}`;
    const todo = capture.ownsProgram ? again : `detach the program that was there before, and ${again}`;
    return `packets for divert came by ${queuesWithout(capture)}, without an AF_XDP socket: copied, and the host gets them; ${todo}`;
  }
}
