// The NICs of the guests, and their cables to this machine; and a veth device, whose cable ends in the guest.

import type { TapNetwork } from '../../../demo/network.mjs';
import type { Guest, Nic } from './guest.js';

export type NicName = 'virtio4' | 'virtio2' | 'e1000e' | 'vmxnet3' | 'igb' | 'veth';

/** An interface of the guest, with the addresses of both ends of its cable. */
export interface LabNic {
  name: NicName;
  mac: string;
  /** What it is for qemu; null: a veth device of the guest. */
  hardware: { device: string; queues: number } | null;
  /** Where frames are put in: an interface of the host, or of the guest for a veth device. */
  cable: string;
  /** The interface in the guest. */
  guest: { ipv4: string; ipv6: string; vlan: string };
  /** The cable's other end. */
  host: { ipv4: string; ipv6: string };
}

/** The VLAN that stands on each interface. */
export const VLAN = 7;

/** With two processors virtio4 has more queue pairs than it uses, virtio2 not. */
const HARDWARE: Record<NicName, LabNic['hardware']> = {
  virtio4: { device: 'virtio-net-pci,mq=on,vectors=10', queues: 4 },
  virtio2: { device: 'virtio-net-pci,mq=on,vectors=6', queues: 2 },
  e1000e: { device: 'e1000e', queues: 1 },
  vmxnet3: { device: 'vmxnet3', queues: 1 },
  igb: { device: 'igb', queues: 1 },
  veth: null,
};

/** The Ethernet address of the cable's other end, where nobody learns it. */
export const FAR_MAC = '02:00:00:00:00:01';

export const NICS = (Object.keys(HARDWARE) as NicName[]).map((name, i): LabNic => {
  const hardware = HARDWARE[name];
  return {
    name,
    mac: `52:54:00:00:00:0${i + 1}`,
    hardware,
    cable: hardware ? name : `${name}-far`,
    guest: { ipv4: `10.80.${i}.2`, ipv6: `fd80:${i + 1}::2`, vlan: `10.81.${i}.2` },
    host: { ipv4: `10.80.${i}.1`, ipv6: `fd80:${i + 1}::1` },
  };
});

/** Those that the guest boots with. */
export const HARDWARE_NICS = NICS.flatMap(({ name, mac, hardware }): Nic[] =>
  hardware ? [{ name, mac, ...hardware }] : [],
);

/** Makes the host's ends, before the guest boots. */
export function addTaps(network: TapNetwork): void {
  for (const { cable, hardware, host } of NICS) {
    if (hardware) network.addTap(cable, { queues: hardware.queues, addresses: [host.ipv4, host.ipv6] });
  }
}

/** Names the guest's interfaces, gives them their addresses and waits until they have carrier. */
export async function setUpNics(guest: Guest): Promise<void> {
  const links = JSON.parse(await guest.run(['ip', '-json', 'link', 'show'])) as { ifname: string; address: string }[];
  const found = (mac: string) => links.find(({ address }) => address === mac)?.ifname;
  const lines = NICS.flatMap(({ name, mac, hardware, cable, guest: { ipv4, ipv6, vlan }, host }) => [
    hardware
      ? `link set ${found(mac)} name ${name}`
      : `link add name ${name} address ${mac} type veth peer name ${cable} address ${FAR_MAC}`,
    `addr add ${ipv4}/24 dev ${name}`,
    `addr add ${ipv6}/64 dev ${name} nodad`,
    `link set ${name} up`,
    `link add link ${name} name ${name}.${VLAN} type vlan id ${VLAN}`,
    `addr add ${vlan}/24 dev ${name}.${VLAN}`,
    `link set ${name}.${VLAN} up`,
    ...(hardware ? [] : [`link set ${cable} up`, ...neighbours(name, host)]),
  ]);
  await guest.sh(`
    echo '${['link set lo up', ...lines].join('\n')}' | ip -batch -
    for nic in ${NICS.map(({ name }) => name).join(' ')}; do
      until [ "$(cat /sys/class/net/$nic/carrier)" = 1 ]; do sleep 0.1; done
    done`);
}

/** Nobody answers at the far end of a veth device. */
function neighbours(name: string, { ipv4, ipv6 }: LabNic['host']): string[] {
  return [ipv4, ipv6].map((address) => `neigh add ${address} lladdr ${FAR_MAC} dev ${name}`);
}
