#include "lines/address_text.h"

#include <charconv>

char* write_ipv4(const uint8_t address[4], char* out) {
  for (int i = 0; i < 4; i++) {
    if (i > 0) *out++ = '.';
    out = std::to_chars(out, out + 3, address[i]).ptr;
  }
  return out;
}

char* write_ipv6(const uint8_t address[16], char* out) {
  uint16_t groups[8];
  for (int i = 0; i < 8; i++) groups[i] = static_cast<uint16_t>((address[2 * i] << 8) | address[2 * i + 1]);
  // The longest run of two or more zero groups, the first of equals, becomes "::" (RFC 5952 section 4.2).
  int run = 8, length = 1;
  for (int start = 0; start < 8; start++) {
    int end = start;
    while (end < 8 && groups[end] == 0) end++;
    if (end - start > length) {
      run = start;
      length = end - start;
    }
  }
  for (int i = 0; i < 8;) {
    if (i == run) {
      *out++ = ':';
      *out++ = ':';
      i += length;
      continue;
    }
    if (i > 0 && i != run + length) *out++ = ':';
    out = std::to_chars(out, out + 4, groups[i++], 16).ptr;
  }
  return out;
}
