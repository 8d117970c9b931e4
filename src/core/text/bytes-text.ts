// Texts that need not be UTF-8: names of interfaces, files and folders. In such a text each byte above 0x7f is a lone
// surrogate, U+DC00 + byte, as in Python (PEP 383). addon/js/js_text.h does the same for what goes to the addon.

/** A text's bytes: UTF-8, or what textOf() read. For Node's functions on files, which take only UTF-8 as text. */
export function bytesOf(text: string): Buffer {
  return Buffer.from(text, /^[\0-\x7f\udc80-\udcff]*$/.test(text) ? 'latin1' : 'utf8');
}

export function textOf(bytes: Buffer): string {
  const text = bytes.toString();
  if (Buffer.from(text).equals(bytes)) return text;
  return bytes.toString('latin1').replace(/[\x80-\xff]/g, (byte) => String.fromCharCode(0xdc00 + byte.charCodeAt(0)));
}
