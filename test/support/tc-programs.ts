// How many tc programs are on an interface of a namespace.
import type { Namespace } from '../../demo/network.mjs';
import { countTcPrograms } from './harness.js';

/** [for what arrives, for what leaves] */
export const tcPrograms = (namespace: Namespace, interfaceName: string): [number, number] =>
  countTcPrograms(interfaceName, `/run/netns/${namespace.name}`);
