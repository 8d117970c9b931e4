// What is known of one QUIC connection whose client Initial was opened.
#ifndef QUIC_TOP_INITIAL_CONNECTION_H
#define QUIC_TOP_INITIAL_CONNECTION_H

#include <cstring>
#include <optional>
#include <vector>

#include "quic/initial_protection.h"
#include "quic/path.h"
#include "quic_top_abi.h"

inline bool operator==(const qt_cid& a, const qt_cid& b) { return memcmp(&a, &b, sizeof(a)) == 0; }

inline Bytes bytes_of(const qt_cid& cid) { return {cid.bytes, cid.length}; }

class InitialConnection {
 public:
  // `first_dcid`: the client's, which the keys are made of. `may_be_retried`: the first Initial seen had a
  // token, so its DCID may have come from a Retry that was not seen.
  InitialConnection(const qt_cid& first_dcid, const qt_cid& client_cid, const qt_path& path,
                    bool may_be_retried)
      : first_dcid_(first_dcid), client_cid_(client_cid), path_(path), may_be_retried_(may_be_retried) {}

  const qt_cid& first_dcid() const { return first_dcid_; }
  const qt_cid& client_cid() const { return client_cid_; }
  const qt_path& path() const { return path_; }
  bool may_be_retried() const { return may_be_retried_; }

  // What a client may put into the DCID of its packets, its first choice apart.
  const std::vector<qt_cid>& server_cids() const { return server_cids_; }
  // Whether it is a CID that the server is known to have chosen for this connection.
  bool is_server_cid(const qt_cid& cid) const;
  // False: it was known, or there are too many already.
  bool add_server_cid(const qt_cid& cid);

  // Keys are made of a Retry's SCID since. A client takes one Retry (RFC 9000 section 17.2.5.2): false after
  // that.
  bool take_retry(const qt_cid& scid);

  // Opens an Initial of this connection, by the keys after the Retry first, into `out` (see open_initial).
  // Returns its packet number, or -1: it is none of this connection.
  int64_t open(Side side, const VersionKeys* version, Bytes packet, size_t number_offset, uint8_t* out,
               qt_cid* key_source);

 private:
  struct KnownKeys {
    Side side;
    const VersionKeys* version;
    qt_cid source;  // the DCID that they are made of
    InitialKeys keys;
  };

  InitialKeys keys_of(Side side, const VersionKeys* version, const qt_cid& source);

  qt_cid first_dcid_;
  qt_cid client_cid_;
  qt_path path_;
  bool may_be_retried_;
  std::optional<qt_cid> retry_source_;
  std::vector<qt_cid> server_cids_;
  std::vector<KnownKeys> keys_;
  int64_t largest_[2] = {-1, -1};
};

#endif
