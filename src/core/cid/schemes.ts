// The CID schemes: a new one is a row here, and a layout.
import { CID_SCHEME } from '../native/abi.gen.js';

export interface CidScheme {
  /** One of enum qt_cid_scheme. */
  id: number;
  /** As JSON and options spell it. */
  name: string;
  /** As a person reads it. */
  title: string;
  /** What byte 0 is called where it tells the scheme. */
  selector: string;
}

const SCHEMES: readonly CidScheme[] = [
  { id: CID_SCHEME.CID_CIDV1, name: 'cidv1', title: 'CIDv1', selector: 'CID Version' },
  { id: CID_SCHEME.CID_OFFSET, name: 'offset', title: 'offset', selector: 'First Byte' },
];

/** @param id one of enum qt_cid_scheme that is not CID_NONE @throws Error */
export function schemeOf(id: number): CidScheme {
  const scheme = SCHEMES.find((each) => each.id === id);
  if (!scheme) throw new Error(`there is no CID scheme ${id}`);
  return scheme;
}
