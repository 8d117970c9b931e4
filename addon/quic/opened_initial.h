// What is found in an Initial. Plain C, so that scripts/gen-abi.mjs can take it to TypeScript, where
// src/core/quic/issues.ts says what each issue means.
#ifndef QUIC_TOP_OPENED_INITIAL_H
#define QUIC_TOP_OPENED_INITIAL_H

#include "quic_top_abi.h"

enum qt_initial_issue {
  QT_NO_FRAMES = 1 << 0,
  QT_FRAME_NOT_ALLOWED = 1 << 1,
  QT_FRAME_MALFORMED = 1 << 2,
  QT_CRYPTO_BEYOND_LIMIT = 1 << 3,
  QT_CLIENT_HELLO_FORGOTTEN = 1 << 4,
  QT_CLIENT_HELLO_TOO_LONG = 1 << 5,
  QT_NO_CLIENT_HELLO = 1 << 6,
  QT_CLIENT_HELLO_MALFORMED = 1 << 7,
  QT_SNI_TOO_LONG = 1 << 8,
  QT_ALPN_TOO_LONG = 1 << 9,
  QT_RESERVED_BITS = 1 << 10,
  QT_VERSION_GUESSED = 1 << 11,
  QT_REASON_TOO_LONG = 1 << 12,
};

// What came of an Initial, or of a Retry.
enum qt_initial_verdict {
  QT_NOT_OPENED = 0,   // not all of it is there, or nobody knows its keys; a Retry: nothing is wrong with it
  QT_OPENED = 1,       // only an Initial is, and a packet of an unknown version that is found to be one
  QT_UNAUTHENTIC = 2,  // its keys do not open it; a Retry: its tag is wrong
};

// Who is known now to have chosen the packet's DCID.
enum qt_cid_chooser {
  QT_CHOOSER_UNKNOWN = 0,
  QT_CHOSEN_BY_CLIENT = 1,
  QT_CHOSEN_BY_SERVER = 2,
};

// Bytes of a reason phrase that are kept.
enum { QT_REASON_MAX = 128 };

struct qt_opened_initial {
  __u64 packet_number;
  __u64 largest_acknowledged;  // when has_ack
  __u64 error_code;            // of its CONNECTION_CLOSE; this and what follows of it, when has_close
  __u64 error_frame_type;      // of the frame that is to blame, 0 for none
  __u32 issues;                // enum qt_initial_issue
  __u8 chooser;                // enum qt_cid_chooser
  __u8 has_hello;              // it completes a ClientHello
  __u8 has_ack;
  __u8 has_close;
  struct qt_cid key_source;  // the DCID that its keys are made of
  __u8 reason_length;        // of what is kept
  __u8 reserved[2];
  __u8 reason[QT_REASON_MAX];
};
QT_ASSERT_LAYOUT(sizeof(struct qt_opened_initial) == 192);
QT_ASSERT_OFFSET(qt_opened_initial, issues, 32);
QT_ASSERT_OFFSET(qt_opened_initial, key_source, 40);
QT_ASSERT_OFFSET(qt_opened_initial, reason, 64);

#endif
