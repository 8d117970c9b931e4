// Of the schemes that a person named the layouts and keys by which connection IDs are read.
import { CID_LAYOUT, CID_LAYOUT_FLAGS, CID_SCHEME, LIMITS, UNROUTABLE } from '../native/abi.gen.js';
import { KEY_LENGTH } from './scheme-keys.js';
import {
  type CidScheme,
  defaultOf,
  type FieldName,
  type Given,
  type KeyedLayout,
  type LayoutFields,
  schemeOf,
} from './schemes.js';

/** A CID of QUIC-LB whose configuration nobody configured. Only where QUIC-LB is all that there is. */
const NO_CONFIG: KeyedLayout = {
  fields: { least: 1, most: LIMITS.CID_MAX, unroutable: UNROUTABLE.UNROUTABLE_CONFIG },
  last: true,
};

/** A scheme with what was given for its parameters. */
export interface ConfiguredScheme {
  scheme: CidScheme;
  given: Given;
}

/** How connection IDs are read, as the addon takes it. */
export interface CidReading {
  /** struct qt_cid_layout, one behind the other, in the order in which they are tried. */
  layouts: Uint8Array;
  /** The AES-128 key of each, zero where it has none; undefined: none has one. */
  keys: Uint8Array | undefined;
}

/** What they say counts without proof: it is the user who named them. @throws RangeError */
export function readingOf(schemes: readonly ConfiguredScheme[]): CidReading {
  const all = schemes.flatMap(({ scheme, given }) => {
    const defaults = Object.entries(scheme.parameters).map(([name, parameter]) => [name, defaultOf(parameter)]);
    return scheme.layouts({ ...Object.fromEntries(defaults), ...given }).map((layout) => ({ scheme, ...layout }));
  });
  const isQuicLb = schemes.every(({ scheme }) => scheme.id === CID_SCHEME.CID_QUIC_LB);
  const end = isQuicLb ? [{ scheme: schemeOf(CID_SCHEME.CID_QUIC_LB), ...NO_CONFIG }] : [];
  // What stands for the same of several configurations is needed once.
  const seen = new Set<string>();
  const last = [...all.filter((layout) => layout.last), ...end].filter(({ scheme, fields }) => {
    const text = `${scheme.id} ${JSON.stringify(fields)}`;
    return !seen.has(text) && seen.add(text);
  });
  const ordered = [...all.filter((layout) => !layout.last), ...last];
  if (ordered.length > LIMITS.CID_LAYOUTS) {
    throw new RangeError(`these schemes are ${ordered.length} layouts of connection IDs: ${LIMITS.CID_LAYOUTS} fit`);
  }
  const hasKeys = ordered.some(({ key }) => key);
  return {
    layouts: Buffer.concat(ordered.map(({ scheme, fields }) => layoutBytes(scheme.id, fields))),
    keys: hasKeys ? Buffer.concat(ordered.map(({ key }) => key ?? new Uint8Array(KEY_LENGTH))) : undefined,
  };
}

function layoutBytes(scheme: number, { check_masks, ...fields }: LayoutFields): Uint8Array {
  const bytes = new Uint8Array(CID_LAYOUT.SIZE);
  const data = new DataView(bytes.buffer);
  bytes[CID_LAYOUT.scheme] = scheme;
  for (const [name, value] of Object.entries(fields)) {
    if (name === 'worker_mask' || name === 'workers') data.setUint16(CID_LAYOUT[name], value, true);
    else bytes[CID_LAYOUT[name as FieldName]] = value;
  }
  bytes[CID_LAYOUT.flags] = (fields.flags ?? 0) | CID_LAYOUT_FLAGS.LAYOUT_GIVEN;
  for (const [i, mask] of (check_masks ?? []).entries()) data.setUint16(CID_LAYOUT.check_masks + 2 * i, mask, true);
  return bytes;
}
