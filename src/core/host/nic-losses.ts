// What a network card lost, or its driver, before any program could see it: frames for which the host gave no room.
import type { DriverStatistic, LinkStatistics } from '../native/addon.js';

/** Frames by the counters that they were found in. The first three have the kernel's names (struct rtnl_link_stats64). */
export interface NicLosses {
  rx_missed_errors: number;
  rx_fifo_errors: number;
  rx_over_errors: number;
  /** The driver's own counter, where it counts such frames in none of the others. */
  driver: number;
}

/**
 * Drivers that count frames without room by names of their own, and in none of the kernel's three counters: read in the
 * kernel's source. mlx5, ice, e1000e and most others have them there, and what they call `rx_out_of_buffer` or
 * `rx_discards` is the same frame again. Where a driver (virtio_net, ena) counts what XDP programs drop among them,
 * it is left out.
 */
const OWN: Record<string, RegExp> = {
  gve: /^rx_queue_drop_cnt\[/,
  ixgbe: /^rx_no_dma_resources$/,
  vmxnet3: /^\s*pkts rx OOB$/,
};

/** Whether its own counters must be asked for. */
export const countsByItself = (driver: string): boolean => driver in OWN;

const isOwn = (driver: string, name: string): boolean => OWN[driver]?.test(name) ?? false;

/** Names that drivers give to frames that they did not hand on; what XDP programs drop is no loss. */
export function isLossName(driver: string, name: string): boolean {
  const usual = /^rx_missed|rx_out_of_buffer|rx_no_buffer|rx_discards|rx.*drop/.test(name) && !name.includes('xdp');
  return usual || isOwn(driver, name);
}

/** @param own what the driver says, if it countsByItself() */
export function nicLosses(statistics: LinkStatistics, driver: string, own: readonly DriverStatistic[]): NicLosses {
  // rx_dropped has also what no protocol wanted and what XDP programs dropped.
  const { rx_missed_errors, rx_fifo_errors, rx_over_errors } = statistics;
  const ofDriver = own.filter(({ name }) => isOwn(driver, name)).reduce((sum, { value }) => sum + value, 0);
  return { rx_missed_errors, rx_fifo_errors, rx_over_errors, driver: ofDriver };
}

/**
 * Frames lost, at least so many: some drivers (mlx4, fec) count the same frame as missed, fifo and over, which the kernel's
 * documentation calls interchangeable. So of these three the largest counts.
 */
export function lostByNic(nic: NicLosses | null): number {
  return nic ? Math.max(nic.rx_missed_errors, nic.rx_fifo_errors, nic.rx_over_errors) + nic.driver : 0;
}

/** The losses since its first reading. */
export class NicLossCounter {
  private before: NicLosses | null = null;
  private since: NicLosses = { rx_missed_errors: 0, rx_fifo_errors: 0, rx_over_errors: 0, driver: 0 };

  /** Null before the first reading. */
  get losses(): NicLosses | null {
    return this.before && { ...this.since };
  }

  read(now: NicLosses): void {
    const { before, since } = this;
    this.before = now;
    if (!before) return;
    for (const name of Object.keys(since) as (keyof NicLosses)[]) {
      // Less than before: the driver counts from 0 again, because its port was reset. What it lost until now is not known.
      since[name] += Math.max(0, now[name] - before[name]);
    }
  }
}
