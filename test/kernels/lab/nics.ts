// The NICs of the guests, and their cables to this machine.

import type { TapNetwork } from '../../../demo/network.mjs';
import type { Guest, Nic } from './guest.js';

export type NicName = 'virtio4' | 'virtio2' | 'e1000e' | 'vmxnet3' | 'igb';

/** An interface of the guest, with the addresses of both ends of its cable. */
export interface LabNic extends Nic {
  name: NicName;
  /** The interface in the guest. */
  guest: { ipv4: string; ipv6: string; vlan: string };
  /** The tap device. */
  host: { ipv4: string; ipv6: string };
}

/** The VLAN that stands on each interface. */
export const VLAN = 7;

/** What they are for qemu. With two processors virtio4 has more queue pairs than it uses, virtio2 not. */
const DEVICES: Record<NicName, { device: string; queues: number }> = {
  virtio4: { device: 'virtio-net-pci,mq=on,vectors=10', queues: 4 },
  virtio2: { device: 'virtio-net-pci,mq=on,vectors=6', queues: 2 },
  e1000e: { device: 'e1000e', queues: 1 },
  vmxnet3: { device: 'vmxnet3', queues: 1 },
  igb: { device: 'igb', queues: 1 },
};

export const NICS = (Object.keys(DEVICES) as NicName[]).map(
  (name, i): LabNic => ({
    name,
    ...DEVICES[name],
    mac: `52:54:00:00:00:0${i + 1}`,
    guest: { ipv4: `10.80.${i}.2`, ipv6: `fd80:${i + 1}::2`, vlan: `10.81.${i}.2` },
    host: { ipv4: `10.80.${i}.1`, ipv6: `fd80:${i + 1}::1` },
  }),
);

/** Makes the host's ends, before the guest boots. */
export function addTaps(network: TapNetwork): void {
  for (const { name, queues, host } of NICS) network.addTap(name, { queues, addresses: [host.ipv4, host.ipv6] });
}

/** Names the guest's interfaces, gives them their addresses and waits until they have carrier. */
export async function setUpNics(guest: Guest): Promise<void> {
  const links = JSON.parse(await guest.run(['ip', '-json', 'link', 'show'])) as { ifname: string; address: string }[];
  const lines = NICS.map(({ name, mac, guest: { ipv4, ipv6, vlan } }) => [
    `link set ${links.find(({ address }) => address === mac)?.ifname} name ${name}`,
    `addr add ${ipv4}/24 dev ${name}`,
    `addr add ${ipv6}/64 dev ${name} nodad`,
    `link set ${name} up`,
    `link add link ${name} name ${name}.${VLAN} type vlan id ${VLAN}`,
    `addr add ${vlan}/24 dev ${name}.${VLAN}`,
    `link set ${name}.${VLAN} up`,
  ]);
  const batch = ['link set lo up', ...lines.flat()].join('\n');
  const all = NICS.map(({ name }) => name).join(' ');
  await guest.sh(`
    echo '${batch}' | ip -batch -
    for nic in ${all}; do
      until [ "$(cat /sys/class/net/$nic/carrier)" = 1 ]; do sleep 0.1; done
    done`);
}
