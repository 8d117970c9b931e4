// In place of string-width, which compiles the regular expressions of all emoji at every start (25 ms): the help and the
// screen are made of characters of one column each (src/ui/terminal/text.ts).
import { stripVTControlCharacters } from 'node:util';

/** @param {string} text that may hold SGR sequences */
export default function stringWidth(text) {
  return stripVTControlCharacters(text).length;
}
