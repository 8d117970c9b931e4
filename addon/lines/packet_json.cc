#include "lines/packet_json.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <ctime>
#include <optional>
#include <stdexcept>

#include "lines/address_text.h"

namespace {

constexpr uint64_t kSecond = 1'000'000'000;

// More than the names of all fields and the longest values of those that have a longest (513 bytes).
constexpr size_t kFields = 1024;

struct Hex {
  const uint8_t* bytes;
  size_t size;
};

// Where a line is written. What is not there is null.
struct Out {
  char* at;

  Out& operator<<(std::string_view text) {
    memcpy(at, text.data(), text.size());
    at += text.size();
    return *this;
  }
  Out& operator<<(uint64_t number) {
    at = std::to_chars(at, at + 20, number).ptr;
    return *this;
  }
  Out& operator<<(std::optional<uint64_t> number) { return number ? *this << *number : *this << "null"; }
  Out& operator<<(Hex hex) {
    for (size_t i = 0; i < hex.size; i++) {
      *at++ = "0123456789abcdef"[hex.bytes[i] >> 4];
      *at++ = "0123456789abcdef"[hex.bytes[i] & 15];
    }
    return *this;
  }
  // In nine digits.
  void nanoseconds(uint64_t value) {
    for (int i = 8; i >= 0; i--, value /= 10) at[i] = static_cast<char>('0' + value % 10);
    at += 9;
  }
  void address(const qt_record& record, const uint8_t* bytes) {
    at = record.ip_version == 6 ? write_ipv6(bytes, at) : write_ipv4(bytes, at);
  }
};

}  // namespace

PacketJson::PacketJson(uint64_t epoch, const std::vector<std::string>& types,
                       const std::vector<std::string>& schemes, const std::vector<std::string>& issues)
    : epoch_(epoch), types_(types), longest_(kFields) {
  if (types.empty()) throw std::out_of_range("no names of packet types");
  for (const auto& name : types) longest_ += name.size();
  for (const auto& name : schemes) longest_ += schemes_.emplace_back('"' + name + '"').size();
  for (const auto& name : issues) longest_ += issues_.emplace_back('"' + name + "\",").size();
}

size_t PacketJson::room(const qt_packet_line& line, std::string_view texts, std::string_view interface) const {
  size_t cids = line.cids == 0 ? 0 : 2 * (line.record.dcid_length + line.record.scid_length);
  if (line.cids + cids > texts.size() || line.tail > line.issues || line.issues >= line.end ||
      line.end > texts.size())
    throw std::out_of_range("a line is not in its texts");
  return longest_ + interface.size() + cids + (line.end - line.tail);
}

char* PacketJson::write(const qt_packet_line& line, std::string_view texts, std::string_view interface,
                        char* to) {
  const qt_record& record = line.record;
  auto when = [](bool is_there, uint64_t value) { return is_there ? std::optional(value) : std::nullopt; };
  bool has_backend = record.flags & QT_RECORD_HAS_BACKEND;
  const uint8_t version[] = {uint8_t(record.version >> 24), uint8_t(record.version >> 16),
                             uint8_t(record.version >> 8), uint8_t(record.version)};
  bool has_token = record.type == QT_TYPE_INITIAL || record.type == QT_TYPE_RETRY;

  Out out{to};
  out << R"({"event":"packet","interface":)" << interface << R"(,"frame":)" << record.frame;
  out << R"(,"index":)" << record.index << R"(,"time":)";
  if (record.flags & QT_RECORD_NO_TIME) {
    out << "null";
  } else {
    // Each is below 2^64 ns, their sum need not be. It is before the year 3140.
    uint64_t nanoseconds = epoch_ % kSecond + record.time % kSecond;
    uint64_t second = epoch_ / kSecond + record.time / kSecond + nanoseconds / kSecond;
    out << R"(")" << time_to_second(second);
    out.nanoseconds(nanoseconds % kSecond);
    out << R"(Z")";
  }
  out << R"(,"rx_queue":)" << when(record.flags & QT_RECORD_INGRESS, record.rx_queue);
  out << R"(,"queue":)" << when(has_backend, record.backend % QT_QUEUES) << R"(,"src":")";
  out.address(record, record.src);
  out << R"(","src_port":)" << record.src_port << R"(,"dst":")";
  out.address(record, record.dst);
  out << R"(","dst_port":)" << record.dst_port << R"(,"vlan":[)";
  for (int i = 0; i < std::min<int>(record.vlan_count, std::size(record.vlan)); i++) {
    if (i > 0) out << ",";
    out << record.vlan[i];
  }
  out << R"(],"version":"0x)" << Hex{version, sizeof(version)} << R"(","type":")"
      << types_[record.type < types_.size() ? record.type : 0];
  out << R"(","dcid":")";
  if (line.cids == 0) {
    out << Hex{record.dcid, std::min<size_t>(record.dcid_length, QT_CID_MAX)} << R"(","scid":")"
        << Hex{record.scid, std::min<size_t>(record.scid_length, QT_CID_MAX)};
  } else {
    size_t dcid_digits = 2 * record.dcid_length;
    out << texts.substr(line.cids, dcid_digits) << R"(","scid":")"
        << texts.substr(line.cids + dcid_digits, 2 * record.scid_length);
  }
  out << R"(","token_length":)" << when(has_token, record.token_length);
  out << R"(,"packet_length":)" << record.packet_length << R"(,"backend":)"
      << when(has_backend, record.backend);
  bool has_scheme = record.cid_layout > 0 && record.cid_layout <= schemes_.size();
  out << R"(,"cid_scheme":)" << (has_scheme ? std::string_view(schemes_[record.cid_layout - 1]) : "null");
  out << texts.substr(line.tail, line.issues - line.tail);
  // With the whole CIDs, nothing is wrong with them any more.
  unsigned issues = line.cids == 0 ? record.issues : record.issues & ~QT_ISSUE_CID_CUT;
  const char* before = out.at;
  for (size_t i = 0; i < issues_.size(); i++) {
    if (issues >> i & 1) out << issues_[i];
  }
  std::string_view rest = texts.substr(line.issues, line.end - line.issues);
  if (out.at != before && rest.front() == ']') out.at--;
  out << rest << "\n";
  return out.at;
}

std::string_view PacketJson::time_to_second(uint64_t second) {
  if (second != second_) {
    auto seconds = static_cast<time_t>(second);
    tm utc;
    gmtime_r(&seconds, &utc);
    strftime(second_text_, sizeof(second_text_), "%Y-%m-%dT%H:%M:%S.", &utc);
    second_ = second;
  }
  return {second_text_, sizeof(second_text_) - 1};
}
