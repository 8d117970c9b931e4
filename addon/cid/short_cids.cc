#include "cid/short_cids.h"

#include <cstring>

#include "cid.h"
#include "quic.h"
#include "quic/quic_datagram.h"

namespace {

// Lengths of CIDs that are not somewhere by chance.
constexpr uint32_t kDistinct = ~((uint32_t{1} << kDistinctCid) - 1);

constexpr uint32_t bit_of(uint8_t length) { return uint32_t{1} << length; }

bool is_one(uint32_t lengths) { return lengths != 0 && (lengths & (lengths - 1)) == 0; }

}  // namespace

ShortCids::CidKey ShortCids::key_of(const qt_path& path, Side side, Cid cid) {
  CidKey key = {uint32_t{side} << 8 | uint32_t{cid.length}};
  memcpy(&key[1], &path.server, sizeof(path.server));
  memcpy(&key[6], cid.bytes, cid.length);
  return key;
}

// Only of packets whose CIDs both sides go on to use. A Retry's SCID may be of another server or a load
// balancer, and Version Negotiation repeats what the client chose (RFC 8999 section 6), as does the DCID of its
// first Initials.
void ShortCids::note(const qt_record& record) {
  bool is_handshake = record.type == QT_TYPE_HANDSHAKE;
  if (!is_handshake && record.type != QT_TYPE_INITIAL && record.type != QT_TYPE_0RTT) return;
  if (record.dcid_length > QT_CID_MAX || record.scid_length > QT_CID_MAX) return;
  bool from_server = record.flags & QT_RECORD_FROM_WATCHED;
  bool by_server = from_server || is_handshake;
  qt_path path = path_of(record, from_server);
  OfPath& here = paths_[words_of(path)];
  // Most packets say what the one before them said.
  size_t said = hash_of_cids(record, by_server);
  if (here.said[from_server] == said) return;
  here.said[from_server] = said;

  Cid dcid = {record.dcid, record.dcid_length}, scid = {record.scid, record.scid_length};
  const auto& [of_client, of_server] = from_server ? std::pair(dcid, scid) : std::pair(scid, dcid);
  OfServer& there = servers_[words_of(path.server)];
  here.lengths[kClient] |= bit_of(of_client.length);
  there.lengths[kClient] |= bit_of(of_client.length);
  remember(path, kClient, of_client, by_server ? of_server.length : uint8_t{QT_CID_LENGTH_UNKNOWN});
  if (!by_server) return;
  here.lengths[kServer] |= bit_of(of_server.length);
  (from_server ? there.lengths[kServer] : there.said_by_clients) |= bit_of(of_server.length);
  remember(path, kServer, of_server, of_client.length);
}

size_t ShortCids::hash_of_cids(const qt_record& record, bool by_server) const {
  KeyedHash<kCidsWords>::Key key = {};
  key[0] = uint32_t{by_server} << 16 | uint32_t{record.dcid_length} << 8 | record.scid_length;
  memcpy(&key[1], record.dcid, QT_CID_MAX);
  memcpy(&key[6], record.scid, QT_CID_MAX);
  return hash_(key);
}

void ShortCids::remember(const qt_path& path, Side side, Cid cid, uint8_t other) {
  if (cid.length == 0) return;
  OfCid& known = cids_[key_of(path, side, cid)];
  if (other != QT_CID_LENGTH_UNKNOWN) known.other = other;
}

// The longest CID of one of these lengths that this side has had at this server. The packet has `room` bytes
// for it.
std::optional<ShortCids::Cid> ShortCids::known(const qt_path& path, Side side, Lengths lengths,
                                               Bytes after_first, uint32_t room) const {
  for (uint8_t length = QT_CID_MAX; length > 0; length--) {
    if (!(lengths & bit_of(length)) || length > after_first.size || length > room) continue;
    Cid cid = {after_first.data, length};
    if (cids_.find(key_of(path, side, cid))) return cid;
  }
  return std::nullopt;
}

std::optional<uint8_t> ShortCids::length_of(const qt_path& path, bool from_server, Bytes captured,
                                            uint32_t length) {
  const Side side = from_server ? kClient : kServer, other = from_server ? kServer : kClient;
  Bytes after_first = {captured.data + 1, captured.size - 1};
  uint32_t room = length > 1 + QT_SHORT_LEAST ? length - 1 - QT_SHORT_LEAST : 0;
  const OfPath* of_path = paths_.find(words_of(path));
  const OfServer* of_server = servers_.find(words_of(path.server));
  Lengths here = of_path ? of_path->lengths[side] : 0;
  Lengths there = of_server ? of_server->lengths[side] : 0;
  if (of_server && side == kServer && there == 0) there = of_server->said_by_clients;

  bool has_fixed_bit = *captured.data & QT_FIXED_BIT;
  uint32_t usual_here = is_one(here) ? __builtin_ctz(here) : uint32_t{QT_CID_LENGTH_UNKNOWN};
  // Whether it is known whole makes no difference then.
  if (has_fixed_bit && usual_here <= room && !(there & ~here & kDistinct))
    return static_cast<uint8_t>(usual_here);
  Lengths likely = here == 0 ? there : here | (there & kDistinct);
  if (auto cid = known(path, side, likely, after_first, room)) {
    if (!has_fixed_bit && bit_of(cid->length) & kDistinct) servers_[words_of(path.server)].greases = true;
    if (!(here & bit_of(cid->length))) {  // the client has another address now, or had the server's before
      uint8_t others = cids_.find(key_of(path, side, *cid))->other;
      OfPath& moved = paths_[words_of(path)];
      moved.lengths[side] |= bit_of(cid->length);
      if (others != QT_CID_LENGTH_UNKNOWN) moved.lengths[other] |= bit_of(others);
    }
    return cid->length;
  }
  if (here & bit_of(0)) return 0;
  if (!has_fixed_bit && !(of_server && of_server->greases)) return std::nullopt;
  uint32_t found = QT_CID_LENGTH_UNKNOWN;
  // A CID that no long header has had: the side that chose it has others of this length, and of no other one.
  Lengths usual = here != 0 || side == kClient ? here : there;
  if (is_one(usual)) {
    found = __builtin_ctz(usual);
  } else if (usual == 0 && side == kServer && after_first.size > 0) {
    uint32_t given = qt_given_cid_length(layouts_.data(), *after_first.data);
    if (given > 0) found = given;
  }
  return static_cast<uint8_t>(found <= room ? found : QT_CID_LENGTH_UNKNOWN);
}
