// The frames of an Initial packet (RFC 9000 sections 12.4 and 19), of which only CRYPTO says more than that it
// is there. src/core/quic/frames.ts reads the same for the field tree; test/core/quic/any-bytes.test.ts
// compares them.
#ifndef QUIC_TOP_CRYPTO_FRAMES_H
#define QUIC_TOP_CRYPTO_FRAMES_H

#include <vector>

#include "quic/byte_reader.h"

struct CryptoFrame {
  uint64_t offset;
  Bytes data;
};

// Reads frames up to the first that is cut or has no place in an Initial. What is wrong goes to `issues`
// (enum qt_initial_issue). CRYPTO frames, in the order of the packet, are put into `crypto`; they point into
// the payload.
void read_crypto_frames(Bytes payload, std::vector<CryptoFrame>* crypto, uint32_t* issues);

// The same of frames of Google's QUIC (Q050, T050, T051), whose types are other ones. Only what a client begins
// with is read, PADDING, PING and CRYPTO: nothing is said of what stands behind another frame.
void read_google_frames(Bytes payload, std::vector<CryptoFrame>* crypto, uint32_t* issues);

#endif
