// quic-top doctor: each row on a machine that was arranged for it, and that what it tells to do mends it.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sendDatagrams } from '../support/datagrams.js';
import { attachForeignProgram, DROPPED, REDIRECTED_NOWHERE } from '../support/foreign-program.js';
import { hasTcx, onKernelWithout } from '../support/kernel.js';
import { PairNetwork, Program } from '../support/lab.js';
import { cidv1, longHeader } from '../support/packets.js';
import { CLI, jsonLines, startQuicTop } from '../support/quic-top.js';
import { TestTerminal } from '../support/terminal.js';
import { startTshark } from '../support/tshark.js';

interface Row {
  group: string;
  name: string;
  status: 'ok' | 'warning' | 'problem';
  text: string;
  mend: string | null;
}

let network: PairNetwork;
beforeEach(() => {
  network = new PairNetwork();
});
afterEach(() => network.remove());

/** Runs the doctor in the left namespace, behind `wrapper` (a command that runs a command). */
function run(args: readonly string[], wrapper: readonly string[] = [], cli = CLI) {
  const [program = '', ...rest] = network.left.command([...wrapper, process.execPath, cli, 'doctor', ...args]);
  return spawnSync(program, rest, { encoding: 'utf8', timeout: 20_000 });
}

/** What it finds, by the names of the rows; its exit status says whether quic-top can run. */
function doctor(args: readonly string[], wrapper: readonly string[] = [], cli = CLI): Record<string, Row> {
  const result = run([...args, '--json'], wrapper, cli);
  const report = JSON.parse(result.stdout) as { event: string; runs: boolean; checks: Row[] };
  expect(report.event).toBe('doctor');
  expect(report.runs).toBe(report.checks.every(({ status }) => status !== 'problem'));
  expect(result.status).toBe(report.runs ? 0 : 1);
  expect(result.stderr).toBe('');
  return Object.fromEntries(report.checks.map((row) => [row.name, row]));
}

/** Does what a row says. */
function mend(row: Row | undefined): void {
  const [sudo, ...command] = (row?.mend ?? '').split(' ');
  expect(sudo).toBe('sudo');
  network.left.run(command);
}

/** Where the program runs that diverts on an interface of the left namespace: what the doctor's words are measured by. */
async function xdpMode(name: string, args: readonly string[] = []): Promise<string | undefined> {
  const command = [process.execPath, CLI, name, '--headless', '--mode', 'divert', ...args];
  const quicTop = new Program(network.left.command(command));
  await Promise.race([quicTop.printed(/^listening/m).catch(() => {}), quicTop.ended]);
  await quicTop.stop('SIGINT');
  return /^listening on .* \((\w+)\)/m.exec(quicTop.stderr)?.[1] ?? 'refused';
}

describe('the interface', () => {
  it('is as it should be', async () => {
    const rows = doctor(['left']);
    expect(rows.state).toMatchObject({ status: 'ok', text: 'left is up, driver veth' });
    expect(rows.program).toMatchObject({ status: 'ok', text: 'no XDP program is attached' });
    for (const name of [
      'load',
      'load xdp',
      'xdp',
      'mtu',
      'rx queues',
      'gro, lro',
      'listeners',
      'forwarding',
      'stacked',
    ]) {
      expect([name, rows[name]?.status]).toEqual([name, 'ok']);
    }
    expect(rows.xdp?.text).toMatch(/^native/);
    expect(await xdpMode('left')).toBe('native');
    expect(network.left.ip('-d link show left')).not.toMatch(/prog\/xdp|promiscuity [1-9]/);
  });

  it('does not exist', () => {
    const rows = doctor(['no\x1bpe']);
    expect(rows.state).toMatchObject({ status: 'problem', mend: 'quic-top --list-interfaces' });
    const { stdout, status } = run(['no\x1bpe']);
    expect(stdout).toContain('no\\x1bpe');
    expect(status).toBe(1);
  });

  it('is down', () => {
    network.left.ip('link set left down');
    const { state } = doctor(['left']);
    expect(state).toMatchObject({ status: 'problem', text: 'left is down' });
    mend(state);
    expect(doctor(['left']).state?.status).toBe('ok');
  });

  it('is a veth whose peer has so large an MTU that frames come in several pieces', async () => {
    network.left.ip('link add near type veth peer name far');
    network.left.ip('link set near up');
    network.left.ip('link set far mtu 9000 up');
    expect(doctor(['near']).mtu).toMatchObject({
      status: 'ok',
      text: expect.stringMatching(/^9000: frames in several/),
    });
    expect(await xdpMode('near')).toBe('native');
  });

  it('has a driver that needs a smaller MTU', () => {
    network.left.ip('link add upper link left type macvlan');
    network.left.ip('link set left mtu 9000');
    network.left.ip('link set upper mtu 9000');
    mend(doctor(['upper']).mtu);
    expect(doctor(['upper']).mtu).toMatchObject({ status: 'ok', text: '1500' });
  });

  it('is the loopback, or one whose driver has no native XDP', async () => {
    expect(doctor(['lo']).xdp).toMatchObject({
      status: 'ok',
      text: expect.stringMatching(/--xdp generic, .*loopback/),
    });
    expect(await xdpMode('lo')).toBe('refused');
    expect(await xdpMode('lo', ['--xdp', 'generic'])).toBe('generic');
    network.left.ip('link add upper link left type macvlan');
    network.left.ip('link set upper up');
    expect(doctor(['upper']).xdp).toMatchObject({ status: 'ok', text: expect.stringContaining('macvlan has no') });
    expect(await xdpMode('upper')).toBe('refused');
  });

  it('has the XDP program of somebody else', () => {
    const { id, tag } = attachForeignProgram(network.left, 'left', network.dir);
    const { program, load, 'load xdp': loadXdp } = doctor(['left']);
    expect(program?.status).toBe('warning');
    expect(program?.text).toMatch(
      new RegExp(
        `^"foreign", id ${id}, tag ${tag}, loaded \\d s ago by uid 0, is attached \\(native\\); .*no mode divert`,
      ),
    );
    expect([load?.status, loadXdp]).toEqual(['ok', undefined]);
    mend(program);
    expect(doctor(['left']).program?.status).toBe('ok');
  });

  it('has a program that only has the name of ours', () => {
    const other = attachForeignProgram(network.left, 'left', network.dir, { name: 'xdp_filter' });
    expect(doctor(['left'])['load xdp']).toMatchObject({
      status: 'warning',
      text: expect.stringMatching(/EBUSY .*never replaces one/),
      mend: expect.stringContaining('sudo ip link set dev left xdp off'),
    });
    other.detach();
    expect(doctor(['left'])['load xdp']?.status).toBe('ok');
  });

  it('has the program of another quic-top', async () => {
    const quicTop = await startQuicTop(network.left, 'left', ['--mode', 'divert', '--headless']);
    expect(doctor(['left']).program?.text).toMatch(/^"xdp_filter", id \d+/);
    await quicTop.stop('SIGINT');
  });

  it('has VLAN tags taken off by the driver', () => {
    network.left.run(['ethtool', '-K', 'left', 'rxvlan', 'on']);
    const { vlan } = doctor(['left']);
    expect(vlan?.status).toBe('warning');
    mend(vlan);
    expect(doctor(['left']).vlan).toMatchObject({ status: 'ok', text: 'tags reach XDP' });
  });

  it.runIf(hasTcx)('has programs of tc, before which that of quic-top stands', async () => {
    const chain = () => doctor(['left'])['tc chain'];
    expect(chain()).toMatchObject({ status: 'ok', text: 'ingress: nothing; egress: quic-top' });
    const quicTop = await startQuicTop(network.left, 'left', ['--hook', 'tc', '--headless']);
    const arriving = '"quic_ingress" \\(id \\d+\\)';
    const leaving = '"quic_egress" \\(id \\d+\\)';
    expect(chain()?.text).toMatch(new RegExp(`^ingress: ${arriving}; egress: quic-top, then ${leaving}$`));
    network.left.run(['tc', 'qdisc', 'add', 'dev', 'left', 'clsact']);
    const filter = 'tc filter add dev left egress protocol ip bpf bytecode'.split(' ');
    network.left.run([...filter, '1,6 0 0 0']);
    expect(chain()?.text).toMatch(new RegExp(`egress: quic-top, then ${leaving}, then bpf by clsact$`));
    expect(doctor(['lo'])['tc chain']?.text).toBe('ingress: nothing; egress: nothing');
    await quicTop.stop('SIGINT');
    expect(chain()?.text).toBe('ingress: nothing; egress: quic-top, then bpf by clsact');
  });

  it('has lost frames that arrived, and that a session does not put down to the network card', async () => {
    expect(doctor(['left'])['nic losses']).toMatchObject({ status: 'ok', text: 'none since boot' });
    // They cannot be redirected: a veth then counts them as dropped, as none of its other losses.
    attachForeignProgram(network.left, 'left', network.dir, { verdict: REDIRECTED_NOWHERE });
    const quicTop = await startQuicTop(network.left, 'left', ['--mode', 'tap', '--json', '--quiet']);
    const dropped = Uint8Array.of(DROPPED, ...longHeader({ dcid: cidv1(17) }).subarray(1));
    sendDatagrams(network.right, PairNetwork.LEFT[0] as string, [dropped, dropped, dropped]);
    await sleep(200);
    await quicTop.stop('SIGINT');
    expect(jsonLines(quicTop.stdout).summary?.nic).toEqual({
      rx_missed_errors: 0,
      rx_fifo_errors: 0,
      rx_over_errors: 0,
      driver: 0,
    });
    expect(doctor(['left'])['nic losses']).toMatchObject({
      status: 'warning',
      text: 'lost since boot: rx_queue_N_drops 3, rx_dropped 3 (also what no protocol wanted or XDP dropped)',
    });
  });

  it('has several RX queues', () => {
    network.left.ip('link add many numrxqueues 4 numtxqueues 4 type veth peer name other');
    expect(doctor(['many'])['rx queues']?.text).toMatch(/^4,/);
  });
});

describe('the traffic', () => {
  it('has a listener, on a watched port', async () => {
    const script = "require('node:dgram').createSocket('udp6').bind(5000, () => console.log('ready'))";
    const listener = new Program(network.left.command([process.execPath, '-e', script]));
    await listener.printed(/ready/);
    const rows = doctor(['left', '--port', '4433,5000']);
    expect(rows.listeners).toMatchObject({
      status: 'warning',
      text: `node (pid ${listener.child.pid}) on 5000: divert would take its packets`,
    });
    expect(rows.mode?.text).toMatch(/^--mode auto is tap: /);
    expect(doctor(['left']).listeners?.status).toBe('ok');
    await listener.stop();
  });

  it('has others who capture it', async () => {
    expect(doctor(['left']).captures).toMatchObject({ status: 'ok', text: 'nobody else captures here' });
    const tshark = await startTshark(network.left, 'left', join(network.dir, 'capture.pcapng'));
    const quicTop = await startQuicTop(network.left, 'any', ['--headless']);
    const { captures, mode } = doctor(['left']);
    expect(captures?.status).toBe('warning');
    const both = `dumpcap (pid 0), node (pid ${quicTop.child.pid})`;
    expect(captures?.text.replace(/dumpcap \(pid \d+\)/, 'dumpcap (pid 0)')).toBe(
      `${both}: divert would take what is captured there`,
    );
    expect(mode?.text).toMatch(/^--mode auto is tap: .* captures there$/);
    await tshark.stop();
    await quicTop.stop('SIGINT');
    expect(doctor(['left']).captures?.status).toBe('ok');
  });

  it.each(['ipv4', 'ipv6'])('is forwarded by %s', (family) => {
    network.left.run(['sysctl', '-qw', `net.${family}.conf.left.forwarding=1`]);
    expect(doctor(['left']).forwarding?.status).toBe('warning');
  });

  it('goes on to a bridge', () => {
    network.left.ip('link add bridge0 type bridge');
    network.left.ip('link set left master bridge0');
    expect(doctor(['left']).stacked).toMatchObject({
      status: 'warning',
      text: expect.stringMatching(/^bridge bridge0 gets/),
    });
  });

  it('goes on to a macvlan', () => {
    network.left.ip('link add upper link left type macvlan');
    expect(doctor(['left']).stacked?.text).toMatch(/^macvlan upper gets/);
  });

  it('goes on to whoever else the interface receives for', () => {
    for (const last of [1, 2])
      network.left.run(['bridge', 'fdb', 'add', `02:00:00:00:00:0${last}`, 'dev', 'left', 'self']);
    expect(doctor(['left']).stacked?.text).toMatch(/^something with the address 02:00:00:00:00:0\d and 1 more \(/);
  });

  it('does not go on to those whom a VXLAN device can send to', () => {
    network.left.ip('link add vx type vxlan id 5 dstport 4789 remote 192.0.2.1');
    network.left.ip('link set vx up');
    network.left.run(['bridge', 'fdb', 'append', '02:00:00:00:00:01', 'dev', 'vx', 'dst', '192.0.2.2']);
    expect(doctor(['vx']).stacked?.status).toBe('ok');
  });
});

describe('the rights', () => {
  it('are those of nobody', () => {
    const copy = join(network.dir, 'program');
    for (const part of ['dist', 'build/Release']) {
      cpSync(fileURLToPath(new URL(`../../${part}`, import.meta.url)), join(copy, part), { recursive: true });
    }
    chmodSync(network.dir, 0o755);
    const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
    const rows = doctor(['left'], nobody, join(copy, 'dist/cli.js'));
    expect(rows.capabilities).toMatchObject({ status: 'problem', mend: 'sudo quic-top doctor left' });
    expect(rows.state?.status).toBe('ok');
    expect(rows.load).toBeUndefined();
  });

  it('are those of a root who lacks some', () => {
    const without = (...names: string[]) => ['setpriv', `--bounding-set=${names.map((name) => `-${name}`)}`];
    expect(doctor(['left'], without('net_raw')).capabilities).toMatchObject({
      status: 'problem',
      text: expect.stringContaining('CAP_NET_RAW'),
      mend: 'docker run --cap-add=NET_RAW',
    });
    expect(doctor(['left'], without('net_admin')).capabilities).toMatchObject({
      status: 'warning',
      text: expect.stringMatching(/^without CAP_NET_ADMIN neither mode divert nor tcx/),
    });
    expect(doctor(['left'], without('setuid')).user).toMatchObject({
      status: 'warning',
      mend: 'sudo quic-top left --user root',
    });
    const limited = [...without('ipc_lock'), 'prlimit', '--memlock=65536'];
    expect(doctor(['left'], limited).memlock).toMatchObject({
      status: 'warning',
      text: expect.stringContaining('an RX queue would take 32 MiB'),
      mend: 'ulimit -l unlimited',
    });
    // All RX queues add up.
    network.left.ip('link add many numrxqueues 4 numtxqueues 4 type veth peer name other');
    expect(doctor(['many'], limited).memlock?.text).toContain('4 RX queues would take 128 MiB');
  });
});

describe('the kernel', () => {
  /** A command that runs a command with another file in the place of one of /proc. */
  function instead(path: string, text: string): string[] {
    const file = join(network.dir, 'instead');
    writeFileSync(file, text);
    return ['unshare', '--mount', 'sh', '-c', 'mount --bind "$0" "$1" && shift && exec "$@"', file, path];
  }

  it('has what is needed', () => {
    const rows = doctor([]);
    expect(Object.values(rows).map(({ status }) => status)).not.toContain('problem');
    expect(new Set(Object.values(rows).map(({ group }) => group))).toEqual(new Set(['kernel', 'rights']));
    expect(rows.egress?.text).toMatch(hasTcx ? /^tcx/ : /^no tcx before Linux 6\.6/);
    expect(doctor([], ['env', 'SUDO_UID=12345', 'SUDO_GID=12345']).user?.text).toMatch(/for uid 12345$/);
  });

  it('is judged by what it does, not by its version', () => {
    const { version, load } = doctor(['left'], ['setarch', '--uname-2.6']);
    expect(version).toMatchObject({ status: 'ok', text: expect.stringMatching(/^Linux 2\.6\./) });
    expect(load?.status).toBe('ok');
  });

  it.each([
    ['bpf', 'bpf', 'problem', /built without BPF/, null],
    ['bpf-rights', 'bpf', 'problem', /refused: EPERM/, 'docker run --security-opt seccomp=unconfined'],
    ['af-xdp', 'af_xdp', 'warning', /built without AF_XDP.*no mode divert/, null],
    ['tcx', 'egress', 'warning', /--egress socket/, null],
  ] as const)('is without %s', (lacking, name, status, text, command) => {
    const rows = doctor(['left'], onKernelWithout(lacking));
    if (lacking === 'tcx') expect(rows['tc chain']?.text).toMatch(/^ingress: nothing; egress: nothing; without tcx/);
    expect(rows[name]).toMatchObject({ status, text: expect.stringMatching(text), mend: command });
    const wrong = Object.values(rows).filter((row) => row.status === 'problem');
    expect(wrong).toHaveLength(status === 'problem' ? 1 : 0);
  });

  it('has no BTF, which is not needed', () => {
    const hidden = ['unshare', '--mount', 'sh', '-c', 'mount -t tmpfs none /sys/kernel/btf && exec "$@"', 'sh'];
    expect(doctor([], hidden).btf).toMatchObject({ status: 'ok', text: 'none, and none is needed' });
  });

  it('interprets BPF programs', () => {
    // Only the first network namespace has the switch.
    const command = [...instead('/proc/sys/net/core/bpf_jit_enable', '0\n'), process.execPath, CLI, 'doctor', '--json'];
    const { stdout } = spawnSync(command[0] as string, command.slice(1), { encoding: 'utf8' });
    const { checks } = JSON.parse(stdout) as { checks: Row[] };
    expect(checks.find(({ name }) => name === 'jit')).toMatchObject({
      status: 'warning',
      mend: 'sudo sysctl net.core.bpf_jit_enable=1',
    });
  });

  it('lets any user load BPF programs', () => {
    const wrapper = instead('/proc/sys/kernel/unprivileged_bpf_disabled', '0\n');
    expect(doctor([], wrapper).unprivileged?.status).toBe('warning');
  });

  it('has no BPF file system mounted, which does not matter', () => {
    const wrapper = ['unshare', '--mount', 'sh', '-c', 'umount /sys/fs/bpf && exec "$@"', 'sh'];
    expect(doctor([], wrapper).bpffs).toMatchObject({ status: 'ok', text: expect.stringMatching(/^not mounted/) });
  });
});

describe('the table', () => {
  it('has at most 80 columns, and the same rows as --json', () => {
    network.left.ip('link set left name fifteen-letters');
    network.left.run(['ethtool', '-K', 'fifteen-letters', 'rxvlan', 'on']);
    const { stdout, status } = run(['fifteen-letters']);
    expect(status).toBe(0);
    const lines = stdout.split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    const rows = lines
      .filter((line) => /^ {2}(ok|warning|problem) /.test(line))
      .map((line) => line.slice(11, 23).trim());
    expect(rows).toEqual(Object.keys(doctor(['fifteen-letters'])));
    expect(stdout).toContain('-> sudo ethtool -K fifteen-letters rx-vlan-hw-parse off\n');
    expect(stdout).not.toContain('\x1b');
  });

  it.each([
    ['coloured at a terminal', {}, 2],
    ['plain with NO_COLOR', { NO_COLOR: '1' }, -1],
  ])('is %s', async (_, env, color) => {
    const terminal = new TestTerminal(network.left.command([process.execPath, CLI, 'doctor', 'left']), 80, 50, env);
    await terminal.ended();
    expect(terminal.text).toContain('quic-top can run here.');
    expect(terminal.colorOf('ok')).toBe(color);
    terminal.close();
  });
});
