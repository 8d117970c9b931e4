// What can be wrong with what an Initial holds. Plain C, so that scripts/gen-abi.mjs can take it to TypeScript,
// where src/core/quic/issues.ts says what each means.
#ifndef QUIC_TOP_INITIAL_ISSUES_H
#define QUIC_TOP_INITIAL_ISSUES_H

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
};

#endif
