// What drivers do to a network card when an XDP program is attached to it, or taken off: read in the kernel's source, or
// tried (docs/kernels.md).

export interface DriverEffect {
  /** What happens, as the end of a sentence that begins with the driver's name. */
  text: string;
  /** The port is out of use for a time: connections may break, and a bond loses a member. */
  resets: boolean;
}

const AT_BOTH = 'when the XDP program is attached, and again when it ends';
const resets = (what: string): DriverEffect => ({ text: `${what} ${AT_BOTH}`, resets: true });

const EFFECTS: Record<string, DriverEffect> = {
  bnxt_en: resets('closes the port and opens it'),
  ena: resets('takes the port down and up'),
  gve: resets('makes its queues anew'),
  i40e: resets('resets the port, without a link for 1 to 3 s,'),
  ice: resets('stops the port for up to a second'),
  igb: resets('takes the link down and up'),
  ixgbe: resets('closes the port and opens it, without a link for 3 to 10 s,'),
  mlx5_core: resets('reopens all channels'),
  vmxnet3: resets('takes the link down and up'),
  veth: { text: 'has its other end segment what it sends: TCP gets slower while it runs', resets: false },
  virtio_net: { text: 'glues no segments together: receiving TCP gets slower while it runs', resets: false },
};

/** Null: nothing is known of it. */
export function effectOf(driver: string): DriverEffect | null {
  return EFFECTS[driver] ?? null;
}
