#include "quic/ja4.h"

#include <nettle/sha2.h>

#include <algorithm>
#include <cctype>

#include "quic/tls_extensions.h"

namespace {

constexpr char kDigits[] = "0123456789abcdef";
constexpr char kNothing[] = "000000000000";
constexpr size_t kHashBytes = 6;

using Numbers = std::vector<uint16_t>;

// RFC 8701: 0x0a0a, 0x1a1a and so on.
bool is_grease(uint16_t value) { return (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff); }

Numbers without_grease(Numbers values) {
  values.erase(std::remove_if(values.begin(), values.end(), is_grease), values.end());
  return values;
}

const char* version_mark(uint16_t version) {
  switch (version) {
    case 0x0304:
      return "13";
    case 0x0303:
      return "12";
    case 0x0302:
      return "11";
    case 0x0301:
      return "10";
    case 0x0300:
      return "s3";
    case 0x0002:
      return "s2";
    default:
      return "00";
  }
}

std::string count_mark(const Numbers& values) {
  size_t count = std::min<size_t>(99, values.size());
  return {kDigits[count / 10], kDigits[count % 10]};
}

// First and last character of the first name; of its hex digits when one of the two is no letter or digit.
std::string alpn_mark(const ClientHello& hello) {
  if (!hello.alpn || hello.alpn->empty() || hello.alpn->front().size == 0) return "00";
  Bytes name = hello.alpn->front();
  uint8_t first = name.data[0], last = name.data[name.size - 1];
  auto is_plain = [](uint8_t byte) { return byte < 0x80 && std::isalnum(byte); };
  if (is_plain(first) && is_plain(last)) return {static_cast<char>(first), static_cast<char>(last)};
  return {kDigits[first >> 4], kDigits[last & 0xf]};
}

// Four hex digits of each, with commas between.
std::string list_of(const Numbers& values) {
  std::string list;
  for (uint16_t value : values) {
    if (!list.empty()) list += ',';
    for (int shift = 12; shift >= 0; shift -= 4) list += kDigits[value >> shift & 0xf];
  }
  return list;
}

std::string sorted_list(Numbers values) {
  std::sort(values.begin(), values.end());
  return list_of(values);
}

std::string hash12(const std::string& text) {
  sha256_ctx context;
  sha256_init(&context);
  sha256_update(&context, text.size(), reinterpret_cast<const uint8_t*>(text.data()));
  uint8_t digest[kHashBytes];
  sha256_digest(&context, sizeof(digest), digest);
  std::string digits;
  for (uint8_t byte : digest) digits += {kDigits[byte >> 4], kDigits[byte & 0xf]};
  return digits;
}

}  // namespace

std::string ja4(const ClientHello& hello) {
  Numbers offered = without_grease(hello.supported_versions);
  uint16_t version = offered.empty() ? hello.legacy_version : *std::max_element(offered.begin(), offered.end());
  Numbers suites = without_grease(hello.cipher_suites);
  Numbers extensions = without_grease(hello.extensions);
  auto has = [&](uint16_t type) {
    return std::find(extensions.begin(), extensions.end(), type) != extensions.end();
  };
  std::string text = "q";
  text += version_mark(version);
  text += has(kServerName) ? 'd' : 'i';
  text += count_mark(suites) + count_mark(extensions) + alpn_mark(hello);

  extensions.erase(std::remove_if(extensions.begin(), extensions.end(),
                                  [](uint16_t type) { return type == kServerName || type == kAlpn; }),
                   extensions.end());
  std::string sorted_extensions = sorted_list(extensions);
  std::string algorithms = list_of(without_grease(hello.signature_algorithms));
  std::string rest = algorithms.empty() ? sorted_extensions : sorted_extensions + '_' + algorithms;
  text += '_' + (suites.empty() ? kNothing : hash12(sorted_list(suites)));
  text += '_' + (sorted_extensions.empty() ? kNothing : hash12(rest));
  return text;
}
