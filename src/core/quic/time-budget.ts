// The time that opening packets may take. Not their number is what counts: what each one costs is up to its sender.
import { SECOND } from '../text/format.js';

/** Packets of any second that are opened, whatever they take: the first ones are slow, and so are some machines. */
const LEAST = 1000;

export class TimeBudget {
  private second = 0;
  private opened = 0;
  private spent = 0;
  private begun = 0;

  /**
   * @param perSecond milliseconds for the packets of each second, by the records' time
   * @param now a clock, in milliseconds
   */
  constructor(
    private readonly perSecond: number,
    private readonly now: () => number,
  ) {}

  /** Whether a packet of that time (nanoseconds) may be opened. If so, end() is to follow. */
  begin(time: number): boolean {
    const second = Math.floor(time / SECOND);
    // Records can be a little out of order; a second that was left is not begun again.
    if (second > this.second || second < this.second - 1) {
      this.second = second;
      this.opened = 0;
      this.spent = 0;
    }
    if (this.spent >= this.perSecond && this.opened >= LEAST) return false;
    this.opened++;
    this.begun = this.now();
    return true;
  }

  end(): void {
    this.spent += this.now() - this.begun;
  }
}
