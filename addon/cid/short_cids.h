// How long the DCIDs of short headers are in a capture file: they do not tell (RFC 9000 section 17.3.1).
// Learned from the long headers before them. Bounded: older knowledge is forgotten for newer.
#ifndef QUIC_TOP_SHORT_CIDS_H
#define QUIC_TOP_SHORT_CIDS_H

#include <array>
#include <cstdint>
#include <optional>

#include "cid/cid_layouts.h"
#include "quic/byte_reader.h"
#include "quic/path.h"
#include "recorder/recorder_layout.h"
#include "util/bounded_map.h"

// For one thread.
class ShortCids {
 public:
  explicit ShortCids(const CidLayouts& layouts) : layouts_(layouts) {}

  // Takes in a packet.
  void note(const qt_record& record);

  // How many bytes the DCID has of a datagram of `length` bytes that begins with a short header and goes along
  // `path`. `captured` is what there is of it, at least a byte. QT_CID_LENGTH_UNKNOWN: nobody knows. Nothing:
  // it is no QUIC packet, but one of a protocol that shares the port (RFC 9443 section 3).
  std::optional<uint8_t> length_of(const qt_path& path, bool from_server, Bytes captured, uint32_t length);

 private:
  // Whose CIDs.
  enum Side { kClient, kServer, kSides };
  // That they have had: bit n stands for n bytes.
  using Lengths = uint32_t;
  struct OfPath {
    Lengths lengths[kSides] = {};
    size_t said[kSides] = {};  // hash of the CIDs of the last packet from each side
  };
  struct OfServer {
    Lengths lengths[kSides] = {};  // of its own only those that it said itself
    // It was seen to take packets without the fixed bit (RFC 9287): then no other protocol shares its port (RFC
    // 9443).
    bool greases = false;
    Lengths said_by_clients = 0;  // of its own: they count until it is heard, as anybody can send to it
  };
  // The length of the other side's CID in the same packet.
  struct OfCid {
    uint8_t other = QT_CID_LENGTH_UNKNOWN;
  };
  struct Cid {
    const uint8_t* bytes;
    uint8_t length;
  };
  using CidKey = KeyedHash<11>::Key;

  static CidKey key_of(const qt_path& path, Side side, Cid cid);
  size_t hash_of_cids(const qt_record& record, bool by_server) const;
  void remember(const qt_path& path, Side side, Cid cid, uint8_t other);
  std::optional<Cid> known(const qt_path& path, Side side, Lengths lengths, Bytes after_first,
                           uint32_t room) const;

  static constexpr size_t kRemembered = 65536;
  static constexpr size_t kCidsWords = 11;

  CidLayouts layouts_;
  KeyedHash<kCidsWords> hash_;
  BoundedMap<sizeof(qt_path) / 4, OfPath> paths_{kRemembered};
  BoundedMap<sizeof(qt_endpoint) / 4, OfServer> servers_{kRemembered};  // by address and port
  BoundedMap<11, OfCid> cids_{kRemembered};                             // by server, side and CID
};

#endif
