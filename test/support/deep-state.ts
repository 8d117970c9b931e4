// All that can be reached from an object, as text: to see that something changes nothing.

import { createHash } from 'node:crypto';

/**
 * Paths to values, private fields, maps, sets and bytes included. Getters are not called and functions not looked into.
 * Objects that are reached twice are looked at once.
 * @param without objects that are left out
 */
export function deepState(root: object, without: readonly unknown[] = []): Map<string, string> {
  const state = new Map<string, string>();
  const seen = new Map<object, string>();
  const visit = (value: unknown, path: string): void => {
    if (typeof value === 'function' || without.includes(value)) return;
    if (typeof value !== 'object' || value === null) {
      state.set(path, String(value));
      return;
    }
    const known = seen.get(value);
    if (known !== undefined) {
      state.set(path, `as ${known}`);
      return;
    }
    seen.set(value, path);
    if (value instanceof SharedArrayBuffer || value instanceof ArrayBuffer) {
      state.set(path, createHash('sha1').update(new Uint8Array(value)).digest('hex'));
    } else if (ArrayBuffer.isView(value)) {
      state.set(path, `${value.byteOffset} ${value.byteLength}`);
      visit(value.buffer, `${path}.buffer`);
    } else {
      const items = value instanceof Map || value instanceof Set ? [...value] : [];
      for (const [i, item] of items.entries()) visit(item, `${path}[${i}]`);
      for (const [name, { value: of }] of Object.entries(Object.getOwnPropertyDescriptors(value))) {
        visit(of, `${path}.${name}`);
      }
      state.set(path, `${value.constructor?.name} of ${Object.keys(value).length}`);
    }
  };
  visit(root, '');
  return state;
}

/** Paths at which two states differ. */
export function differences(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  const paths = new Set([...before.keys(), ...after.keys()]);
  return [...paths].filter((path) => before.get(path) !== after.get(path));
}
