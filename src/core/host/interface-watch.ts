// What others do to the interface of a live capture, in words; and whether the capture can go on.
import { type Hook, type InterfaceState, isXdp } from '../native/addon.js';
import { QuicTopError } from '../text/errors.js';

/** What of a capture a watch needs. */
interface Watchable {
  readonly name: string;
  readonly hook: Hook;
  readonly socketQueues: number;
  readonly ownsProgram: boolean;
  readonly egressMissing: string | null;
  look(): InterfaceState;
  stop(): void;
}

/** What is wrong now, in a few words: `eth0 is down`. It may hold anything. */
export interface Trouble {
  text: string;
  /** The capture ended because of it. What it recorded is still there. */
  ended: boolean;
}

const AGAIN = 'start quic-top again';

/** Why a capture cannot go on: what the screen shows, what else an error says, and what to do. */
function endOf(
  { presence, name, programAttached }: InterfaceState,
  { hook, ownsProgram }: Watchable,
): [string, string, string] | null {
  if (presence === 'deleted') return [`${name} was deleted`, '', 'quic-top --list-interfaces shows those there are'];
  if (presence === 'moved') {
    return [
      `${name} was moved away`,
      ' to another network namespace',
      `${AGAIN} there: sudo ip netns exec NAME quic-top ${name}`,
    ];
  }
  if (programAttached) return null;
  const whose = ownsProgram ? ' by somebody else' : ', which quic-top had only joined';
  return [`the ${isXdp(hook) ? 'XDP' : 'tc'} program was detached`, whose, `${AGAIN}: sudo quic-top ${name}`];
}

/** check() is to be called about once a second; it asks the kernel a few short questions. */
export class InterfaceWatch {
  private seen: InterfaceState;
  trouble: Trouble | null = null;
  /** Why the capture ended by itself, for a person at the prompt. */
  ended: QuicTopError | null = null;

  constructor(private readonly capture: Watchable) {
    this.seen = capture.look();
  }

  /** Why what leaves is not seen in mode tap; null when it is. */
  get egressMissing(): string | null {
    const { egressMissing } = this.capture;
    return egressMissing ?? (this.seen.egressAttached || this.ended ? null : 'somebody detached the egress program');
  }

  /** What has changed since the last call. Stops a capture that cannot go on, so that its ledger is exact. */
  check(): string[] {
    if (this.ended) return [];
    const { capture, seen } = this;
    const state = capture.look();
    this.seen = state;
    const end = endOf(state, capture);
    if (end) {
      capture.stop();
      const [text, more, hint] = end;
      this.trouble = { text, ended: true };
      this.ended = new QuicTopError('ENDED', `the capture on ${state.name} ended: ${text}${more}`, hint);
      return [`capture ended: ${text}${more}`];
    }
    this.trouble = state.up ? null : { text: `${state.name} is down`, ended: false };
    return this.news(seen, state);
  }

  private news(before: InterfaceState, now: InterfaceState): string[] {
    const { name } = now;
    const news: string[] = [];
    if (name !== before.name) news.push(`${before.name} is now called ${name}`);
    if (before.up && !now.up) news.push(`${name} is down: the capture goes on when somebody brings it up`);
    else if (!before.up && now.up) news.push(`${name} is up again, and the capture goes on`);
    else if (now.up && now.wentDown) news.push(`${name} was down for a moment, and the capture goes on`);
    if (now.mtu !== before.mtu) news.push(`${name} now has an MTU of ${now.mtu}`);
    if (now.rxQueues !== before.rxQueues) {
      // They have no sockets; and veth, for one, runs the program for them only once it was down.
      const more = isXdp(this.capture.hook) && now.rxQueues > this.capture.socketQueues;
      const but = more ? ': start quic-top again to see and divert what arrives by the new ones' : '';
      news.push(`${name} now has ${now.rxQueues} RX queues${but}`);
    }
    if (before.egressAttached && !now.egressAttached) {
      news.push(`somebody detached the egress program: what leaves ${name} is no longer seen`);
    }
    return news;
  }
}
