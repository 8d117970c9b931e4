// What sets the versions of QUIC apart, by the texts of the RFCs and drafts: what addon/quic/version_keys.cc is compared with.
import { createCipheriv } from 'node:crypto';
import { QUIC_VERSION } from '../../src/core/native/abi.gen.js';
import type { Bytes } from './packets.js';

const { QUIC_V1, QUIC_V2, QUIC_V2_DRAFT, QUIC_DRAFTS, QUIC_FIRST_DRAFT, QUIC_LAST_DRAFT } = QUIC_VERSION;

/** mvfst's own versions. */
export const MVFST_1 = 0xfaceb001;
export const MVFST_2 = 0xfaceb002;
/** Google's: `Q050`, `T050`, `T051` in ASCII. */
export const [Q050, T050, T051] = [0x51303530, 0x54303530, 0x54303531] as const;

/** Key and nonce of the Retry integrity tag (RFC 9001 section 5.8). */
export interface RetryKeys {
  key: Buffer;
  nonce: Buffer;
}

/** What sets a QUIC version's Initials apart from another's. */
export interface VersionKeys {
  salt: Buffer;
  /** Of the labels by which the keys are expanded. */
  prefix: 'quic' | 'quicv2';
  /** Null: it has no integrity tag (before draft-25), or nobody checks it. */
  retry: RetryKeys | null;
}

const unhex = (digits: string) => Buffer.from(digits, 'hex');

const retry = (key: string, nonce: string): RetryKeys => ({ key: unhex(key), nonce: unhex(nonce) });

// RFC 9001 sections 5.2 and 5.8.
const VERSION_1: VersionKeys = {
  salt: unhex('38762cf7f55934b34d179ae6a4c80cadccbb7f0a'),
  prefix: 'quic',
  retry: retry('be0c690b9f66575a1d766b54e368c84e', '461599d35d632bf2239825bb'),
};
// RFC 9369 section 3.3.
const VERSION_2: VersionKeys = {
  salt: unhex('0dede3def700a6db819381be6e269dcbf9bd2ed9'),
  prefix: 'quicv2',
  retry: retry('8fb4b01b56ac48e260fbcbcead7ccc92', 'd86969bc2d7c6d9990efb04a'),
};
// draft-ietf-quic-v2-01 section 3.3.
const VERSION_2_DRAFT: VersionKeys = {
  salt: unhex('a707c203a59b47184a1d62ca570406ea7ae3e5d3'),
  prefix: 'quicv2',
  retry: retry('ba858dc7b43de5dbf87617ff4ab253db', '141b99c239b03e785d6a2e9f'),
};
// draft-ietf-quic-tls-29 sections 5.2 and 5.8.
const DRAFT_29: VersionKeys = {
  salt: unhex('afbfec289993d24c9e9786f19c6111e04390a899'),
  prefix: 'quic',
  retry: retry('ccce187ed09a09d05728155a6cb96be1', 'e54930f97f2136f0530a8c1c'),
};
// draft-ietf-quic-tls-25 sections 5.2 and 5.8; draft-23 section 5.2 has the same salt.
const DRAFT_25: VersionKeys = {
  salt: unhex('c3eef712c72ebb5a11a7d2432bb46365bef9f502'),
  prefix: 'quic',
  retry: retry('4d32ecdb2a2133c841e4043df27d4430', '4d1611d05513a552c587d575'),
};
const DRAFT_23: VersionKeys = { ...DRAFT_25, retry: null };

// The others are in no RFC and no draft, but in the code of those who spoke them, and in Wireshark's packet-quic.c.
const OTHERS = new Map<number, VersionKeys>([
  [MVFST_1, { salt: unhex('7fbcdb0e7c66bbe9193a96cd21519ebd7a02644a'), prefix: 'quic', retry: null }],
  [MVFST_2, DRAFT_23],
  [Q050, { salt: unhex('504574efd066fe2f9d945cfcdbd3a7f0d3b56b45'), prefix: 'quic', retry: null }],
  [
    T050,
    {
      salt: unhex('7ff579e5acd072915580304c43a2367c60488310'),
      prefix: 'quic',
      retry: retry('c92d323d9ce30da088b9b7bbdccd50c8', '26e4d62383d5c760ea02b41f'),
    },
  ],
  [
    T051,
    {
      salt: unhex('7a4edef4e7ccee5fa4506c19124fc8ccda6e033d'),
      prefix: 'quic',
      retry: retry('2eb961a67956f8795314dafb2ebc83d7', 'b50e4e534cfc0bbb85f2f9ca'),
    },
  ],
]);

/** Null for a version whose Initials nobody here can open. */
export function versionKeys(version: number): VersionKeys | null {
  if (version === QUIC_V1) return VERSION_1;
  if (version === QUIC_V2) return VERSION_2;
  if (version === QUIC_V2_DRAFT) return VERSION_2_DRAFT;
  const other = OTHERS.get(version);
  if (other) return other;
  const draft = version & 0xff;
  if (version >>> 8 !== QUIC_DRAFTS || draft < QUIC_FIRST_DRAFT || draft > QUIC_LAST_DRAFT) return null;
  if (draft >= 29) return DRAFT_29;
  return draft >= 25 ? DRAFT_25 : DRAFT_23;
}

/** The integrity tag that belongs behind these bytes of a Retry (RFC 9001 section 5.8). */
export function retryTag(keys: RetryKeys, originalDcid: Bytes, retry: Bytes): Buffer {
  const cipher = createCipheriv('aes-128-gcm', keys.key, keys.nonce, { authTagLength: 16 });
  cipher.setAAD(Buffer.concat([Buffer.from([originalDcid.length]), originalDcid, retry]));
  cipher.final();
  return cipher.getAuthTag();
}
