#include "quic/client_hello.h"

#include <bitset>

#include "quic/opened_initial.h"
#include "quic/tls_extensions.h"

namespace {

constexpr uint32_t kHostName = 0;
constexpr size_t kRandom = 32;
constexpr size_t kNameBytes = 255;
constexpr size_t kAlpnNames = 16;

std::optional<Bytes> read_server_name(ByteReader* body) {
  ByteReader list = body->vector16();
  if (!list.whole()) body->spoil();
  while (list.left() > 0) {
    uint32_t type = list.u8();
    Bytes name = list.take(list.u16());
    if (list.whole() && type == kHostName) return name;
  }
  body->spoil();
  return std::nullopt;
}

std::vector<Bytes> read_alpn(ByteReader* body) {
  ByteReader list = body->vector16();
  std::vector<Bytes> names;
  while (list.left() > 0) {
    Bytes name = list.take(list.u8());
    if (list.whole()) names.push_back(name);
  }
  if (!list.whole()) body->spoil();
  return names;
}

// All numbers of the list; an odd byte at its end spoils it.
std::vector<uint16_t> read_numbers(ByteReader* list) {
  std::vector<uint16_t> numbers;
  while (list->left() > 0) {
    auto number = static_cast<uint16_t>(list->u16());
    if (list->whole()) numbers.push_back(number);
  }
  return numbers;
}

std::vector<uint16_t> read_numbers_of(ByteReader* body, ByteReader list) {
  std::vector<uint16_t> numbers = read_numbers(&list);
  if (!list.whole()) body->spoil();
  return numbers;
}

// Whether the extension's body was read without a fault.
bool read_extension(uint16_t type, ByteReader body, ClientHello* hello) {
  switch (type) {
    case kServerName:
      hello->sni = read_server_name(&body);
      break;
    case kAlpn:
      hello->alpn = read_alpn(&body);
      break;
    case kSignatureAlgorithms:
      hello->signature_algorithms = read_numbers_of(&body, body.vector16());
      break;
    case kSupportedVersions:
      hello->supported_versions = read_numbers_of(&body, body.vector8());
      break;
    case kEncryptedClientHello:
      hello->ech = true;
      return true;
    default:
      return true;
  }
  return body.whole();
}

// Whether they are whole, and no type came twice: of those that do, the first is read.
bool read_extensions(ByteReader list, ClientHello* hello) {
  bool good = true;
  std::bitset<1 << 16> seen;
  while (list.left() > 0) {
    auto type = static_cast<uint16_t>(list.u16());
    ByteReader body = list.vector16();
    if (!body.whole()) break;
    hello->extensions.push_back(type);
    if (seen[type] || !read_extension(type, body, hello)) good = false;
    seen.set(type);
  }
  return good && list.whole();
}

}  // namespace

ClientHello read_client_hello(Bytes message) {
  ByteReader reader(message);
  ClientHello hello;
  hello.legacy_version = static_cast<uint16_t>(reader.u16());
  reader.take(kRandom);
  reader.take(reader.u8());  // the session id
  ByteReader suites = reader.vector16();
  hello.cipher_suites = read_numbers(&suites);
  hello.malformed = !suites.whole();
  reader.take(reader.u8());  // compression methods
  if (reader.left() > 0) {
    ByteReader extensions = reader.vector16();
    if (!read_extensions(extensions, &hello) || reader.left() > 0) hello.malformed = true;
  }
  if (!reader.whole()) hello.malformed = true;
  return hello;
}

void keep_names(ClientHello* hello, uint32_t* issues) {
  if (hello->sni && hello->sni->size > kNameBytes) {
    hello->sni->size = kNameBytes;
    *issues |= QT_SNI_TOO_LONG;
  }
  if (!hello->alpn) return;
  size_t bytes = 0, kept = 0;
  for (Bytes name : *hello->alpn) {
    bytes += name.size;
    if (kept == kAlpnNames || bytes > kNameBytes) break;
    kept++;
  }
  hello->alpn_more = hello->alpn->size() - kept;
  hello->alpn->resize(kept);
  if (hello->alpn_more > 0) *issues |= QT_ALPN_TOO_LONG;
}
