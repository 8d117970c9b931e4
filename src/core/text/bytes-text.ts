// Texts that need not be UTF-8: names of interfaces, files and folders. A byte that does not decode is a lone surrogate,
// U+DC00 + byte, as in Python (PEP 383). addon/js/js_text.h does the same for what goes to the addon.

const MOST_UTF8_BYTES = 4;

/** A text's bytes. For Node's functions on files, which lose what is not UTF-8 in a text. */
export function bytesOf(text: string): Buffer {
  // With the flag u, halves of a pair do not match.
  const parts = text.split(/([\udc80-\udcff])/u);
  return Buffer.concat(parts.map((part, i) => Buffer.from(part, i % 2 === 1 ? 'latin1' : 'utf8')));
}

const isUtf8 = (bytes: Buffer) => Buffer.from(bytes.toString()).equals(bytes);

export function textOf(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString();
  let text = '';
  for (let at = 0, size = 1; at < bytes.length; at += size) {
    for (size = 1; size <= MOST_UTF8_BYTES && !isUtf8(bytes.subarray(at, at + size)); ) size++;
    if (size <= MOST_UTF8_BYTES) {
      text += bytes.toString('utf8', at, at + size);
    } else {
      size = 1;
      text += String.fromCharCode(0xdc00 + (bytes[at] as number));
    }
  }
  return text;
}
