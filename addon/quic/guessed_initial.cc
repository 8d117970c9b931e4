#include "quic/guessed_initial.h"

#include "quic.h"

namespace {

constexpr uint32_t kDraft = uint32_t{QT_QUIC_DRAFTS} << 8 | QT_QUIC_GUESSED_DRAFT;
constexpr uint8_t kFixedBit = 0x40;

}  // namespace

std::optional<GuessedInitial> guess_initial(Bytes packet, uint8_t dcid_length, uint8_t scid_length) {
  if (dcid_length > QT_CID_MAX || scid_length > QT_CID_MAX) return std::nullopt;
  ByteReader reader(packet);
  uint8_t first = static_cast<uint8_t>(reader.u8());
  if (!(first & kFixedBit) || qt_packet_type_of(kDraft, first) != QT_TYPE_INITIAL) return std::nullopt;
  reader.u32();
  if (reader.u8() != dcid_length) return std::nullopt;
  reader.take(dcid_length);
  if (reader.u8() != scid_length) return std::nullopt;
  reader.take(scid_length);
  Bytes token = reader.take(reader.varint());
  reader.take(reader.varint());
  if (!reader.whole()) return std::nullopt;
  return GuessedInitial{version_keys(kDraft), static_cast<uint16_t>(token.size),
                        static_cast<uint16_t>(reader.at() - packet.data)};
}
