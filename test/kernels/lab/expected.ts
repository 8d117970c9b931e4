// What each kernel gives on each NIC: the table that the trials are measured by.

import type { NicName } from './nics.js';
import type { KernelName } from './packages.js';
import type { Way } from './trial.js';

/** The order in which they came. */
const ORDER: KernelName[] = ['5.10', '6.1', '6.12', 'newest'];

const since = (kernel: KernelName, first: KernelName) => ORDER.indexOf(kernel) >= ORDER.indexOf(first);

/** tcx, with which packets are seen by tc and on their way out: 6.6. */
export const hasTcx = (kernel: KernelName): boolean => since(kernel, '6.12');

/** The first of our kernels whose driver runs XDP programs itself; null: none does. */
const NATIVE_SINCE: Record<NicName, KernelName | null> = {
  virtio4: '5.10',
  virtio2: '5.10',
  e1000e: null,
  vmxnet3: '6.12', // 6.6
  igb: '5.10',
  veth: '5.10',
};

export function hasNative(kernel: KernelName, nic: NicName): boolean {
  const first = NATIVE_SINCE[nic];
  return first !== null && since(kernel, first);
}

/** The words with which it is to be refused, or null. */
export function refusal(kernel: KernelName, nic: NicName, { hook }: Way): RegExp | null {
  if (hook === 'tc' && !hasTcx(kernel)) return /EINVAL.*tcx, which came with Linux 6\.6/;
  return hook === 'native' && !hasNative(kernel, nic) ? /EOPNOTSUPP.*--xdp generic/s : null;
}

/**
 * What is not as before when quic-top has ended, as the summary's `interface_changes` names it: a driver that takes the link
 * down and up to attach an XDP program cannot be made not to.
 */
export function leftBehind(nic: NicName, hook: string): string[] {
  return hook === 'native' && RESETS.includes(nic) ? ['carrier_changes'] : [];
}

const RESETS: NicName[] = ['vmxnet3', 'igb'];

/** NICs that take the tag off a frame: it is then beside the frame, where tc sees it and XDP does not. */
const TAKES_TAGS_OFF: NicName[] = ['e1000e', 'vmxnet3', 'igb'];

/** Whether a packet's VLAN is shown. */
export const showsVlan = (nic: NicName, hook: string): boolean =>
  hook === 'socket' || hook === 'tc' || !TAKES_TAGS_OFF.includes(nic);

/** Whether the doctor warns of that. veth hands over what its other end has beside the frame; our traffic has it inside. */
export const warnsOfTags = (nic: NicName): boolean => nic === 'veth' || TAKES_TAGS_OFF.includes(nic);
