// Checks of what the kernel has.
import { existsSync } from 'node:fs';
import { release } from 'node:os';
import { readWord } from '../../core/host/proc-file.js';
import { type CheckGroup, type Host, mayCapture, ok, problem, warning } from './check.js';

/** The kernel's loopback interface has this index in every network namespace. */
const LOOPBACK = 1;
/** A root with all capabilities is refused by SELinux (EACCES), or by a seccomp profile. */
function unconfined(refusal: string): string {
  return `docker run --security-opt ${refusal === 'EACCES' ? 'label=disable' : 'seccomp=unconfined'}`;
}

export const kernelChecks: CheckGroup<Host> = {
  title: 'kernel',
  checks: [
    {
      name: 'version',
      look() {
        // Distributions give old versions new features: what it lacks shows when the program is loaded.
        return ok(`Linux ${release()}`);
      },
    },
    {
      name: 'bpf',
      look(host) {
        const refusal = host.addon.bpfRefusal();
        if (refusal === null) return ok('the system call answers');
        if (refusal === 'ENOSYS') return problem('this kernel was built without BPF (CONFIG_BPF_SYSCALL)');
        return mayCapture(host)
          ? problem(`the system call is refused: ${refusal}; in a container?`, unconfined(refusal))
          : null;
      },
    },
    {
      name: 'jit',
      look() {
        const value = readWord('/proc/sys/net/core/bpf_jit_enable');
        if (value === null) return ok('cannot be seen from this network namespace; most kernels always compile');
        if (value !== '0') return ok('BPF programs are compiled');
        return warning('BPF programs are interpreted: several times slower', 'sudo sysctl net.core.bpf_jit_enable=1');
      },
    },
    {
      name: 'btf',
      look() {
        return ok(!existsSync('/sys/kernel/btf/vmlinux') ? 'none, and none is needed' : 'the kernel has it');
      },
    },
    {
      name: 'af_xdp',
      look(host) {
        const refusal = host.addon.afXdpRefusal();
        if (refusal === null) return ok('sockets can be made');
        if (refusal === 'EAFNOSUPPORT')
          return warning('this kernel was built without AF_XDP (CONFIG_XDP_SOCKETS): no mode divert');
        return mayCapture(host)
          ? warning(`sockets are refused: ${refusal}, so no mode divert; in a container?`, unconfined(refusal))
          : null;
      },
    },
    {
      name: 'egress',
      look(host) {
        const refusal = host.addon.tcxRefusal(LOOPBACK);
        if (refusal === null) return ok('tcx: what leaves the interface can be seen');
        if (refusal === 'EPERM') return null;
        return warning('no tcx before Linux 6.6: what leaves is seen with --egress socket only, at a cost');
      },
    },
    {
      name: 'bpffs',
      look() {
        const isMounted = / \/sys\/fs\/bpf bpf /.test(readWord('/proc/self/mounts') ?? '');
        return ok(isMounted ? 'mounted' : 'not mounted; only attaching xdp_filter.o by hand needs it');
      },
    },
  ],
};
