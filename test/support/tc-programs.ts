// How many tc programs are on an interface of a namespace, which ip and bpftool do not show when they hang on links.
import { fileURLToPath } from 'node:url';
import type { Namespace } from '../../demo/network.mjs';

const HARNESS = fileURLToPath(new URL('../../build/Release/harness.node', import.meta.url));
const COUNT = `console.log(JSON.stringify(require(${JSON.stringify(HARNESS)}).countTcPrograms(Number(process.argv[1]))))`;

/** [for what arrives, for what leaves] */
export function tcPrograms(namespace: Namespace, interfaceName: string): [number, number] {
  const [{ ifindex }] = JSON.parse(namespace.ip(`-j link show ${interfaceName}`));
  return JSON.parse(namespace.run([process.execPath, '-e', COUNT, String(ifindex)]));
}
