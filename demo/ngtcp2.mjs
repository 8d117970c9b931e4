// Command lines of ngtcp2's example programs (Debian's ngtcp2-server and ngtcp2-client), which speak HTTP/3.

import { execFileSync } from 'node:child_process';

/**
 * @param {string} address
 * @param {import('./certificate.mjs').Certificate} certificate
 * @param {readonly string[]} [options] for instance --validate-addr: ask every client to Retry
 */
export function gtlsServer(address, { key, cert }, options = []) {
  return ['gtlsserver', '--quiet', ...options, address, '4433', key, cert];
}

/**
 * One request to a server whose name is in `hosts`, a file like /etc/hosts: gtlsclient sends the SNI only of a host
 * that it was given by name. The file stands in for /etc/hosts in the client's own mount namespace.
 * @param {string} hosts
 * @param {string} name
 * @param {readonly string[]} [options]
 */
export function gtlsClient(hosts, name, options = []) {
  const client = ['gtlsclient', '--quiet', '--exit-on-all-streams-close', '--timeout=2s', ...options];
  const withHosts = ['unshare', '--mount', 'sh', '-c', 'mount --bind "$0" /etc/hosts && exec "$@"', hosts];
  return [...withHosts, ...client, name, '4433', `https://${name}/`];
}

/**
 * The client's options for beginning with a version that the server answers with Version Negotiation, and going on with
 * version 1.
 * @param {string} version for instance 0x1a2a3a4a
 */
export function negotiating(version) {
  // ngtcp2 renamed one between its versions 0.12 and 1.11.
  const help = execFileSync('gtlsclient', ['--help'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const offered = help.includes('--available-versions') ? '--available-versions' : '--other-versions';
  return [`--version=${version}`, '--preferred-versions=v1', `${offered}=v1`];
}
