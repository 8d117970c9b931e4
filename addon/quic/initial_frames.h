// The frames of an Initial packet (RFC 9000 sections 12.4 and 19), and what CRYPTO, ACK and CONNECTION_CLOSE
// say. src/core/quic/frames.ts reads the same for the field tree; test/core/quic/any-bytes.test.ts compares
// them.
#ifndef QUIC_TOP_INITIAL_FRAMES_H
#define QUIC_TOP_INITIAL_FRAMES_H

#include <optional>
#include <vector>

#include "quic/byte_reader.h"

struct CryptoFrame {
  uint64_t offset;
  Bytes data;
};

// RFC 9000 section 19.19, of the type 0x1c: that of an application is not allowed in an Initial.
struct ConnectionClose {
  uint64_t error_code;
  uint64_t frame_type;
  Bytes reason;  // nobody has checked what it holds
};

// All point into the payload.
struct InitialFrames {
  std::vector<CryptoFrame> crypto;                    // in the order of the packet
  std::optional<uint64_t> largest_acknowledged = {};  // of all ACK frames
  std::optional<ConnectionClose> close = {};          // the first: nothing that follows it counts

  // Keeps the memory.
  void clear();
};

// Reads frames up to the first that is cut or has no place in an Initial; a frame that is cut says nothing.
// What is wrong goes to `issues` (enum qt_initial_issue).
void read_frames(Bytes payload, InitialFrames* frames, uint32_t* issues);

// The same of frames of Google's QUIC (Q050, T050, T051), whose types are other ones. Only what a client begins
// with is read, PADDING, PING and CRYPTO: nothing is said of what stands behind another frame.
void read_google_frames(Bytes payload, InitialFrames* frames, uint32_t* issues);

#endif
