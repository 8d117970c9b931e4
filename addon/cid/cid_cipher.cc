#include "cid/cid_cipher.h"

#include <algorithm>

namespace {

constexpr uint32_t kMostHalf = QT_CID_MAX / 2;

}  // namespace

CidCipher::CidCipher(const std::array<uint8_t, kCidKey>& key) {
  aes128_set_encrypt_key(&encrypt_, key.data());
  aes128_set_decrypt_key(&decrypt_, key.data());
}

void CidCipher::open(uint8_t* cid, uint32_t sealed) const {
  if (sealed == AES_BLOCK_SIZE)
    aes128_decrypt(&decrypt_, AES_BLOCK_SIZE, cid + 1, cid + 1);
  else
    four_passes(cid + 1, sealed);
}

// into ^= the first `half` bytes of AES(key, from | zeros | length | pass), of which an odd length leaves half
// a byte out.
void CidCipher::mix(const Half& from, Half* into, uint32_t length, uint32_t half, uint8_t pass) const {
  Half block = {};
  std::copy_n(from.begin(), half, block.begin());
  block[14] = static_cast<uint8_t>(length);
  block[15] = pass;
  aes128_encrypt(&encrypt_, block.size(), block.data(), block.data());
  for (uint32_t i = 0; i < half; i++) (*into)[i] ^= block[i];
}

void CidCipher::four_passes(uint8_t* text, uint32_t length) const {
  const uint32_t half = std::clamp((length + 1) / 2, 1u, kMostHalf);
  const bool odd = length % 2 == 1;
  Half left = {}, right = {};
  std::copy_n(text, half, left.begin());
  std::copy_n(text + length - half, half, right.begin());
  // The byte in the middle of an odd length belongs to both, four bits each.
  auto cut_left = [&] {
    if (odd) left[half - 1] &= 0xf0;
  };
  auto cut_right = [&] {
    if (odd) right[0] &= 0x0f;
  };
  cut_left();
  cut_right();
  for (uint8_t pass = 4; pass > 0; pass -= 2) {
    mix(right, &left, length, half, pass);
    cut_left();
    mix(left, &right, length, half, pass - 1);
    cut_right();
  }
  if (odd) right[0] |= left[half - 1];
  std::copy_n(left.begin(), half, text);
  std::copy_n(right.begin(), half, text + length - half);
}
