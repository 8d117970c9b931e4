// Checks of what this process may do.

import { readWord } from '../../core/host/proc-file.js';
import { native } from '../../core/native/addon.js';
import { userToBecome } from '../privileges.js';
import { type CheckGroup, frameMegabytes, type Host, lacks, NEEDED, ok, problem, warning, xdpQueues } from './check.js';

export const rightsChecks: CheckGroup<Host> = {
  title: 'rights',
  checks: [
    {
      name: 'capabilities',
      look(host) {
        const missing = NEEDED.filter((name) => lacks(host, name)).map((name) => `CAP_${name}`);
        const uid = process.geteuid?.();
        if (missing.length === 0 && lacks(host, 'NET_ADMIN'))
          return warning(`without CAP_NET_ADMIN neither mode divert nor tcx, which shows what leaves`);
        if (missing.length === 0) return ok(uid === 0 ? 'root' : `uid ${uid} with all that are needed`);
        if (uid !== 0) {
          return problem(`uid ${uid}, without ${missing.join(', ')}`, `sudo quic-top doctor ${host.interface}`.trim());
        }
        const options = missing.map((name) => `--cap-add=${name.replace('CAP_', '')}`);
        return problem(`root without ${missing.join(', ')}: in a container?`, `docker run ${options.join(' ')}`);
      },
    },
    {
      name: 'user',
      look(host) {
        if (process.geteuid?.() !== 0) return null;
        if (!lacks(host, 'SETUID') && !lacks(host, 'SETGID'))
          return ok(`root is given up after set-up, for uid ${userToBecome('').uid}`);
        const mend = `sudo quic-top ${host.interface === '' ? 'IF' : host.interface} --user root`;
        return warning('root cannot be given up: CAP_SETUID or CAP_SETGID is missing', mend);
      },
    },
    {
      name: 'sandbox',
      look({ addon }) {
        const { seccomp, landlock } = addon.sandboxSupport();
        if (seccomp && landlock > 0) return ok(`seccomp, and Landlock (ABI ${landlock}), once root is given up`);
        const missing = [...(seccomp ? [] : ['seccomp']), ...(landlock > 0 ? [] : ['Landlock'])].join(' and ');
        return warning(`without ${missing}, which the kernel lacks or does not use, see docs/security.md`);
      },
    },
    {
      name: 'memlock',
      look(host) {
        if (!lacks(host, 'IPC_LOCK')) return ok('no limit');
        const limit = /^Max locked memory\s+(\S+)/m.exec(readWord('/proc/self/limits') ?? '')?.[1];
        // The kernel adds up what all sockets of a user lock (xdp_umem_account_pages).
        const queues = host.interface === '' ? 1 : xdpQueues(native(() => host.addon.device(host.interface)));
        const needed = frameMegabytes(queues);
        if (limit === undefined || limit === 'unlimited' || Number(limit) >= needed * 2 ** 20)
          return ok(`${limit} bytes`);
        const whose = queues === 1 ? 'an RX queue' : `${queues} RX queues`;
        return warning(
          `${limit} bytes may be locked; in mode divert the sockets of ${whose} would take ${needed} MiB, and make do with less`,
          'ulimit -l unlimited',
        );
      },
    },
    {
      name: 'unprivileged',
      look() {
        if (readWord('/proc/sys/kernel/unprivileged_bpf_disabled') !== '0')
          return ok('only root may load BPF programs');
        return warning('any user may load BPF programs', 'sudo sysctl kernel.unprivileged_bpf_disabled=1');
      },
    },
  ],
};
