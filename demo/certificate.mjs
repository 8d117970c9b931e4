import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** @typedef {{key: string, cert: string}} Certificate the paths of two PEM files */

/**
 * Makes a self-signed certificate; the clients here verify none.
 * @param {string} dir
 * @returns {Certificate}
 */
export function makeCertificate(dir) {
  const key = join(dir, 'key.pem');
  const cert = join(dir, 'cert.pem');
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const subject = ['-subj', '/CN=quic.example', '-addext', 'subjectAltName=DNS:*.example', '-days', '2'];
  execFileSync('openssl', ['req', '-x509', ...curve, ...subject, '-keyout', key, '-out', cert], { stdio: 'pipe' });
  return { key, cert };
}
