// Opens encrypted connection IDs. Two ciphers are in use, both of AES-128: one block where 16 bytes are
// encrypted, the four-pass Feistel network of QUIC-LB where there are more or fewer
// (draft-ietf-quic-load-balancers section 5.4).
#ifndef QUIC_TOP_CID_CIPHER_H
#define QUIC_TOP_CID_CIPHER_H

#include <nettle/aes.h>

#include <array>
#include <cstdint>

#include "cid/cid_layouts.h"

class CidCipher {
 public:
  CidCipher() = default;
  explicit CidCipher(const std::array<uint8_t, kCidKey>& key);

  // Decrypts bytes 1 to `sealed` of the CID, which has them; `sealed` is 2 to 19.
  void open(uint8_t* cid, uint32_t sealed) const;

 private:
  using Half = std::array<uint8_t, 16>;
  void four_passes(uint8_t* text, uint32_t length) const;
  void mix(const Half& from, Half* into, uint32_t length, uint32_t half, uint8_t pass) const;

  aes128_ctx encrypt_ = {}, decrypt_ = {};
};

#endif
