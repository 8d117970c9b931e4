#include "quic/initial_protection.h"

#include <nettle/aes.h>
#include <nettle/gcm.h>
#include <nettle/hkdf.h>
#include <nettle/hmac.h>
#include <nettle/memops.h>

#include <cstring>
#include <string>

#include "quic.h"

namespace {

constexpr size_t kTag = GCM_DIGEST_SIZE;
constexpr size_t kSample = AES_BLOCK_SIZE;
// Of a long header's first byte: what header protection covers, and the packet number's length, less one.
constexpr uint8_t kProtectedBits = 0x0f;
constexpr uint8_t kNumberLengthBits = 0x03;
// The sample is taken as if the packet number had its greatest length (RFC 9001 section 5.4.2).
constexpr size_t kLongestNumber = 4;

// A secret from which others are expanded (RFC 5869), by SHA-256.
class Secret {
 public:
  static constexpr size_t kSize = SHA256_DIGEST_SIZE;

  static Secret extract(Bytes salt, Bytes input) {
    hmac_sha256_ctx context;
    hmac_sha256_set_key(&context, salt.size, salt.data);
    uint8_t secret[kSize];
    hkdf_extract(&context, update, digest, kSize, input.size, input.data, secret);
    return Secret(secret);
  }

  explicit Secret(const uint8_t* secret) { hmac_sha256_set_key(&context_, kSize, secret); }

  // HKDF-Expand-Label of RFC 8446 section 7.1 with an empty context.
  void expand(const std::string& label, uint8_t* out, size_t size) {
    std::string name = "tls13 " + label;
    std::string info = {0, static_cast<char>(size), static_cast<char>(name.size())};
    info += name;
    info += '\0';
    hkdf_expand(&context_, update, digest, kSize, info.size(), reinterpret_cast<const uint8_t*>(info.data()),
                size, out);
  }

 private:
  static void update(void* context, size_t size, const uint8_t* data) {
    hmac_sha256_update(static_cast<hmac_sha256_ctx*>(context), size, data);
  }
  static void digest(void* context, size_t size, uint8_t* out) {
    hmac_sha256_digest(static_cast<hmac_sha256_ctx*>(context), size, out);
  }

  hmac_sha256_ctx context_;
};

// The packet number, right-aligned, over the IV (RFC 9001 section 5.3).
std::array<uint8_t, 12> nonce_of(const InitialKeys& keys, uint64_t number) {
  std::array<uint8_t, 12> nonce = keys.iv;
  for (size_t i = nonce.size(); number > 0; number >>= 8) nonce[--i] ^= static_cast<uint8_t>(number);
  return nonce;
}

// RFC 9000 appendix A.3.
int64_t decode_packet_number(int64_t largest, uint32_t truncated, uint32_t length) {
  int64_t expected = largest + 1;
  int64_t window = int64_t{1} << (8 * length);
  int64_t candidate = (expected & ~(window - 1)) | truncated;
  if (candidate <= expected - window / 2 && candidate < (int64_t{1} << 62) - window) return candidate + window;
  if (candidate > expected + window / 2 && candidate >= window) return candidate - window;
  return candidate;
}

}  // namespace

InitialKeys derive_initial_keys(const VersionKeys& version, Bytes dcid, Side side) {
  const std::string prefix = version.prefix;
  uint8_t secret[Secret::kSize];
  Secret::extract({version.salt.data(), version.salt.size()}, dcid)
      .expand(side == Side::kClient ? "client in" : "server in", secret, sizeof(secret));
  Secret of_side(secret);
  InitialKeys keys;
  of_side.expand(prefix + " key", keys.key.data(), keys.key.size());
  of_side.expand(prefix + " iv", keys.iv.data(), keys.iv.size());
  of_side.expand(prefix + " hp", keys.hp.data(), keys.hp.size());
  return keys;
}

size_t packet_number_offset(Bytes packet, uint8_t dcid_length, uint8_t scid_length, uint16_t token_length) {
  auto varint_size = [&](size_t at) { return at < packet.size ? size_t{1} << (packet.data[at] >> 6) : 1; };
  size_t token = QT_LONG_PREFIX + size_t{dcid_length} + 1 + scid_length;
  size_t length = token + varint_size(token) + token_length;
  return length + varint_size(length);
}

int64_t open_initial(const InitialKeys& keys, Bytes packet, size_t number_offset, int64_t largest,
                     uint8_t* out) {
  size_t sample = number_offset + kLongestNumber;
  if (packet.size < sample + kSample) return -1;
  aes128_ctx cipher;
  aes128_set_encrypt_key(&cipher, keys.hp.data());
  uint8_t mask[kSample];
  aes128_encrypt(&cipher, kSample, mask, packet.data + sample);

  uint8_t first = packet.data[0] ^ (mask[0] & kProtectedBits);
  uint32_t number_length = (first & kNumberLengthBits) + 1;
  size_t header = number_offset + number_length;
  memcpy(out, packet.data, header);
  out[0] = first;
  uint32_t truncated = 0;
  for (uint32_t i = 0; i < number_length; i++) {
    out[number_offset + i] ^= mask[1 + i];
    truncated = truncated << 8 | out[number_offset + i];
  }
  int64_t number = decode_packet_number(largest, truncated, number_length);

  size_t sealed = packet.size - kTag;
  gcm_aes128_ctx aead;
  gcm_aes128_set_key(&aead, keys.key.data());
  gcm_aes128_set_iv(&aead, keys.iv.size(), nonce_of(keys, number).data());
  gcm_aes128_update(&aead, header, out);
  gcm_aes128_decrypt(&aead, sealed - header, out + header, packet.data + header);
  uint8_t tag[kTag];
  gcm_aes128_digest(&aead, kTag, tag);
  return memeql_sec(tag, packet.data + sealed, kTag) ? number : -1;
}

size_t payload_offset(const uint8_t* opened, size_t number_offset) {
  return number_offset + (opened[0] & kNumberLengthBits) + 1;
}

bool is_retry_authentic(const RetryKeys& keys, Bytes original_dcid, Bytes packet) {
  if (packet.size <= kTag) return false;
  size_t end = packet.size - kTag;
  // The Retry pseudo-packet: the DCID with its length, then the packet before its tag.
  std::string pseudo(1, static_cast<char>(original_dcid.size));
  pseudo.append(reinterpret_cast<const char*>(original_dcid.data), original_dcid.size);
  pseudo.append(reinterpret_cast<const char*>(packet.data), end);
  gcm_aes128_ctx aead;
  gcm_aes128_set_key(&aead, keys.key.data());
  gcm_aes128_set_iv(&aead, keys.nonce.size(), keys.nonce.data());
  gcm_aes128_update(&aead, pseudo.size(), reinterpret_cast<const uint8_t*>(pseudo.data()));
  uint8_t tag[kTag];
  gcm_aes128_digest(&aead, kTag, tag);
  return memeql_sec(tag, packet.data + end, kTag);
}
