// Mode tap on an interface that others stand on: what it carries for them is seen as tshark sees it, and the handshakes
// through it succeed. `auto` knows such an interface by its upper device.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { besideTshark, type Seen, shown } from '../support/beside-tshark.js';
import { sorted } from '../support/comparable.js';
import { hasTcx } from '../support/kernel.js';
import { PairNetwork, QuicHosts } from '../support/lab.js';

const HANDSHAKES = 10;
const [IPV4 = '', IPV6 = ''] = PairNetwork.LEFT;

let network: PairNetwork;
beforeEach(() => {
  network = new PairNetwork();
});
afterEach(() => network.remove());

/** Gives the addresses of `left` to the device that is made on it. */
function moveAddresses(device: string): void {
  network.left.ip('addr flush dev left');
  network.left.ip(`addr add ${IPV4}/24 dev ${device}`);
  network.left.ip(`addr add ${IPV6}/64 dev ${device}`);
  network.left.ip(`link set ${device} up`);
}

it.each([
  { port: 'bridge', make: ['link add above type bridge', 'link set left master above'] },
  { port: 'macvlan', make: ['link add above link left type macvlan mode bridge'] },
])('shows what passes to a server on a $port above it', async ({ make }) => {
  for (const words of make) network.left.ip(words);
  moveAddresses('above');
  const hosts = new QuicHosts({ server: network.left, client: network.right, dir: network.dir });
  const { expected, seen } = await besideTshark(
    { namespace: network.left, interfaceName: 'left', dir: network.dir },
    async (start) => {
      await start(network.left, 'left', ['--egress', hasTcx ? 'auto' : 'socket']);
      for (const address of PairNetwork.LEFT) {
        await hosts.gtlsServer(address);
        await hosts.gtlsRequests(address, HANDSHAKES);
      }
    },
  );
  const { packets, summary } = seen[0] as Seen;
  expect(shown(packets)).toEqual(sorted(expected));
  expect(new Set(packets.map(({ src_port }) => src_port === 4433)).size).toBe(2);
  expect(summary).toMatchObject({ mode: 'tap', hook: 'socket', balanced: true });
  expect(summary?.mode_reason).toContain('above');
});
