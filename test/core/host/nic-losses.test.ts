import { describe, expect, it } from 'vitest';
import {
  countsByItself,
  isLossName,
  lostByNic,
  NicLossCounter,
  type NicLosses,
  nicLosses,
} from '../../../src/core/host/nic-losses.js';

const losses = (missed: number, fifo = 0, over = 0, driver = 0): NicLosses => ({
  rx_missed_errors: missed,
  rx_fifo_errors: fifo,
  rx_over_errors: over,
  driver,
});
const STATISTICS = { rx_dropped: 9, rx_missed_errors: 1, rx_fifo_errors: 2, rx_over_errors: 3 };

it('leaves out what the kernel or an XDP program dropped', () => {
  expect(nicLosses(STATISTICS, 'mlx5_core', [])).toEqual(losses(1, 2, 3));
});

it.each([
  ['vmxnet3', ['  pkts rx OOB', '  pkts rx OOB', '  pkts rx err'], 2],
  ['gve', ['rx_queue_drop_cnt[0]', 'rx_queue_drop_cnt[1]', 'rx_dropped_pkt[0]'], 2],
  ['ixgbe', ['rx_no_dma_resources', 'rx_missed_errors', 'rx_no_buffer_count'], 1],
  // What it calls so is in rx_missed_errors already.
  ['mlx5_core', ['rx_out_of_buffer', 'rx_discards_phy'], 0],
])('adds what %s counts by itself, of all queues', (driver, names, count) => {
  const own = names.map((name) => ({ name, value: 10 }));
  expect(countsByItself(driver)).toBe(count > 0);
  expect(nicLosses(STATISTICS, driver, own).driver).toBe(10 * count);
});

describe('lostByNic', () => {
  it('counts a frame once that a driver counts by three names', () => {
    expect(lostByNic(losses(5, 5, 5))).toBe(5);
    expect(lostByNic(losses(0, 0, 7, 2))).toBe(9);
    expect(lostByNic(null)).toBe(0);
  });
});

describe('the counter', () => {
  it('begins with its first reading', () => {
    const counter = new NicLossCounter();
    expect(counter.losses).toBeNull();
    counter.read(losses(100, 1));
    expect(counter.losses).toEqual(losses(0));
    counter.read(losses(103, 1, 2));
    expect(counter.losses).toEqual(losses(3, 0, 2));
    counter.read(losses(103, 1, 2));
    expect(counter.losses).toEqual(losses(3, 0, 2));
  });

  it('goes on where the driver counts from 0 again', () => {
    const counter = new NicLossCounter();
    for (const missed of [100, 105, 2, 4]) counter.read(losses(missed));
    expect(counter.losses).toEqual(losses(5 + 2));
  });
});

it.each<[string, string, boolean]>([
  ['mlx5_core', 'rx_out_of_buffer', true],
  ['mlx5_core', 'rx_discards_phy', true],
  ['mlx5_core', 'tx_discards_phy', false],
  ['e1000e', 'rx_no_buffer_count', true],
  ['e1000e', 'rx_missed_errors', true],
  ['e1000e', 'rx_packets', false],
  ['virtio_net', 'rx0_drops', true],
  ['virtio_net', 'rx0_xdp_drops', false],
  ['vmxnet3', '  pkts rx OOB', true],
  ['e1000e', '  pkts rx OOB', false],
])('knows by its name whether a counter is one of losses: %s, %s: %s', (driver, name, is) => {
  expect(isLossName(driver, name)).toBe(is);
});
