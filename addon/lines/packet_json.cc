#include "lines/packet_json.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <tuple>
#include <utility>

#include "cid.h"
#include "lines/address_text.h"

namespace {

// The text that begins there.
std::string_view text_at(std::string_view texts, uint32_t at) {
  size_t end = texts.find('\0', at);
  if (end == std::string_view::npos) throw std::out_of_range("a line is not in its texts");
  return texts.substr(at, end - at);
}

struct Packet {
  const qt_packet_line& line;
  const qt_record& record;
  std::string_view texts, interface;
  const PacketNames& names;
  UtcTime& utc;

  // By which the server's CID was read; null: by none.
  const qt_cid_layout* layout() const {
    if (record.cid_layout == 0 || record.cid_layout > names.layouts.size()) return nullptr;
    const qt_cid_layout& found = names.layouts[record.cid_layout - 1];
    return found.scheme == QT_CID_NONE ? nullptr : &found;
  }
  // The id of the server that it names, big-endian: at most QT_SERVER_ID_MAX bytes.
  std::optional<unsigned __int128> server_id() const {
    if (!has(QT_RECORD_HAS_BACKEND) || !layout()) return std::nullopt;
    if (layout()->id_bits <= QT_HANDLE_BITS) return record.backend;
    unsigned __int128 value = 0;
    for (uint8_t byte : line.server_id.bytes) value = value << 8 | byte;
    return value;
  }
  // Why it names none although the layout fits (enum qt_unroutable).
  uint8_t unroutable() const { return layout() ? layout()->unroutable : uint8_t{QT_ROUTABLE}; }
  // Another number in it, where the layout has that.
  std::optional<uint64_t> part(uint32_t value, uint8_t qt_cid_layout::*bits) const {
    if (!layout() || unroutable() != QT_ROUTABLE || layout()->*bits == 0) return std::nullopt;
    return value;
  }
  bool is_short() const { return record.type == QT_TYPE_1RTT; }
  bool has(qt_record_flags flag) const { return record.flags & flag; }
  // Nothing where the flag is not set.
  std::optional<uint64_t> with(qt_record_flags flag, uint64_t value) const {
    return has(flag) ? std::optional(value) : std::nullopt;
  }
  // Nothing at 0.
  std::optional<std::string_view> text(uint32_t at) const {
    return at > 0 ? std::optional(text_at(texts, at)) : std::nullopt;
  }
};

struct Hex {
  const uint8_t* bytes;
  size_t size;
};

// The item `number` of a list that counts from 1.
std::string_view named(const std::vector<std::string>& names, size_t number) {
  return number > 0 && number <= names.size() ? std::string_view(names[number - 1]) : "null";
}

// Where a line is written. What is not there is null.
struct Out {
  char* at;

  Out& operator<<(std::string_view text) {
    memcpy(at, text.data(), text.size());
    at += text.size();
    return *this;
  }
  Out& operator<<(char character) {
    *at++ = character;
    return *this;
  }
  Out& operator<<(Hex hex) {
    for (size_t i = 0; i < hex.size; i++) {
      *at++ = "0123456789abcdef"[hex.bytes[i] >> 4];
      *at++ = "0123456789abcdef"[hex.bytes[i] & 15];
    }
    return *this;
  }

  void number(uint64_t value) { at = std::to_chars(at, at + 20, value).ptr; }
  void number(std::optional<uint64_t> value) { value ? number(*value) : void(*this << "null"); }
  // A number where JavaScript has one that is exact; else hexadecimal digits in quotes.
  void server_id(unsigned __int128 id) {
    if (id < uint64_t{1} << 53) return number(static_cast<uint64_t>(id));
    *this << R"("0x)";
    for (int shift = 124; shift >= 0; shift -= 4) {
      if (id >> shift != 0) *this << "0123456789abcdef"[static_cast<unsigned>(id >> shift) & 15];
    }
    *this << '"';
  }
  // The bytes of the id, in quotes.
  void id_bytes(unsigned __int128 id, size_t size) {
    *this << '"';
    for (size_t i = size; i-- > 0;) {
      uint8_t byte = static_cast<uint8_t>(id >> (8 * i));
      *this << Hex{&byte, 1};
    }
    *this << '"';
  }
  void flag(uint8_t value) { *this << (value == 0 ? "null" : value == 1 ? "false" : "true"); }
  void quoted(std::string_view text) {
    *this << '"';
    for (char character : text) {
      if (character == '"' || character == '\\') *this << '\\';
      *this << character;
    }
    *this << '"';
  }
  void quoted(std::optional<std::string_view> text) { text ? quoted(*text) : void(*this << "null"); }
  void address(const qt_record& record, const uint8_t* bytes) {
    *this << '"';
    at = record.ip_version == 6 ? write_ipv6(bytes, at) : write_ipv4(bytes, at);
    *this << '"';
  }
  // A CID: all of it, or what the record has of it.
  void cid(std::optional<std::string_view> digits, const uint8_t* bytes, size_t length) {
    *this << '"';
    digits ? *this << *digits : *this << Hex{bytes, std::min<size_t>(length, QT_CID_MAX)};
    *this << '"';
  }

  // In a list a comma follows each item; the bracket takes the place of the last one.
  void names(std::string_view list) {
    for (size_t end; (end = list.find('\n')) != std::string_view::npos; list.remove_prefix(end + 1)) {
      quoted(list.substr(0, end));
      *this << ',';
    }
  }
  void end_list() {
    if (at[-1] == ',') at--;
    *this << ']';
  }
};

// Each has a type of its own, so that the compiler writes them one behind the other, without calls.
template <size_t kSize, typename Write>
struct Field {
  char key[kSize + 3];  // `,"name":`
  Write write;

  constexpr Field(const char (&name)[kSize], Write write) : key{',', '"'}, write(write) {
    for (size_t i = 0; i + 1 < kSize; i++) key[2 + i] = name[i];
    key[kSize + 1] = '"';
    key[kSize + 2] = ':';
  }
};

// The fields of a line, in their order; README lists them. A new one is an entry at the end. What it writes
// takes at most kLongestValue bytes beside names and texts.
constexpr size_t kLongestValue = 48;
constexpr std::tuple kFields = {
    Field{"event", [](Out& out, const Packet&) { out << R"("packet")"; }},
    Field{"interface", [](Out& out, const Packet& packet) { out << packet.interface; }},
    Field{"frame", [](Out& out, const Packet& packet) { out.number(packet.record.frame); }},
    Field{"index", [](Out& out, const Packet& packet) { out.number(packet.record.index); }},
    Field{"time",
     [](Out& out, const Packet& packet) {
       if (packet.has(QT_RECORD_NO_TIME)) {
         out << "null";
         return;
       }
       out << '"';
       out.at = packet.utc.write(packet.record.time, out.at);
       out << '"';
     }},
    Field{"rx_queue",
     [](Out& out, const Packet& packet) {
       out.number(packet.with(QT_RECORD_INGRESS, packet.record.rx_queue));
     }},
    Field{"queue",
     [](Out& out, const Packet& packet) {
       auto id = packet.server_id();
       out.number(id ? std::optional<uint64_t>(*id % QT_QUEUES) : std::nullopt);
     }},
    Field{"src", [](Out& out, const Packet& packet) { out.address(packet.record, packet.record.src); }},
    Field{"src_port", [](Out& out, const Packet& packet) { out.number(packet.record.src_port); }},
    Field{"dst", [](Out& out, const Packet& packet) { out.address(packet.record, packet.record.dst); }},
    Field{"dst_port", [](Out& out, const Packet& packet) { out.number(packet.record.dst_port); }},
    Field{"vlan",
     [](Out& out, const Packet& packet) {
       const qt_record& record = packet.record;
       out << '[';
       for (size_t i = 0; i < std::min<size_t>(record.vlan_count, std::size(record.vlan)); i++) {
         out.number(record.vlan[i]);
         out << ',';
       }
       out.end_list();
     }},
    Field{"version",
     [](Out& out, const Packet& packet) {
       if (packet.is_short()) {
         out << "null";
         return;
       }
       uint32_t version = packet.record.version;
       const uint8_t bytes[] = {uint8_t(version >> 24), uint8_t(version >> 16), uint8_t(version >> 8),
                                uint8_t(version)};
       out << R"("0x)" << Hex{bytes, sizeof(bytes)} << '"';
     }},
    Field{"type",
     [](Out& out, const Packet& packet) {
       const auto& types = packet.names.types;
       out << types[packet.record.type < types.size() ? packet.record.type : 0];
     }},
    Field{"dcid",
     [](Out& out, const Packet& packet) {
       if (packet.record.issues & QT_ISSUE_CID_LENGTH_UNKNOWN) {
         out << "null";
         return;
       }
       out.cid(packet.text(packet.line.dcid), packet.record.dcid, packet.record.dcid_length);
     }},
    Field{"scid",
     [](Out& out, const Packet& packet) {
       if (packet.is_short()) {
         out << "null";
         return;
       }
       out.cid(packet.text(packet.line.scid), packet.record.scid, packet.record.scid_length);
     }},
    Field{"token_length",
     [](Out& out, const Packet& packet) {
       const qt_record& record = packet.record;
       bool has_token = record.type == QT_TYPE_INITIAL || record.type == QT_TYPE_RETRY;
       out.number(has_token ? std::optional<uint64_t>(record.token_length) : std::nullopt);
     }},
    Field{"packet_length", [](Out& out, const Packet& packet) { out.number(packet.record.packet_length); }},
    Field{"backend",
     [](Out& out, const Packet& packet) {
       auto id = packet.server_id();
       id ? out.server_id(*id) : void(out << "null");
     }},
    Field{"cid_scheme",
     [](Out& out, const Packet& packet) { out << named(packet.names.schemes, packet.record.cid_layout); }},
    Field{"trust", [](Out& out, const Packet& packet) { out << named(packet.names.trusts, packet.line.trust); }},
    Field{"decrypted", [](Out& out, const Packet& packet) { out.flag(packet.line.decrypted); }},
    Field{"packet_number",
     [](Out& out, const Packet& packet) {
       uint64_t number = packet.line.packet_number;
       out.number(number > 0 ? std::optional(number - 1) : std::nullopt);
     }},
    Field{"sni", [](Out& out, const Packet& packet) { out.quoted(packet.text(packet.line.sni)); }},
    Field{"alpn",
     [](Out& out, const Packet& packet) {
       auto list = packet.text(packet.line.alpn);
       if (!list) {
         out << "null";
         return;
       }
       out << '[';
       out.names(*list);
       out.end_list();
     }},
    Field{"ja4", [](Out& out, const Packet& packet) { out.quoted(packet.text(packet.line.ja4)); }},
    Field{"ech", [](Out& out, const Packet& packet) { out.flag(packet.line.ech); }},
    Field{"issues",
     [](Out& out, const Packet& packet) {
       // With the whole CIDs, nothing is wrong with them any more.
       unsigned issues = packet.record.issues & (packet.line.dcid == 0 ? ~0u : ~unsigned{QT_ISSUE_CID_CUT});
       out << '[';
       for (size_t i = 0; i < packet.names.issues.size(); i++) {
         if (issues >> i & 1) out << packet.names.issues[i];
       }
       out.names(packet.text(packet.line.issues).value_or(""));
       out.end_list();
     }},
    Field{"server_id",
     [](Out& out, const Packet& packet) {
       auto id = packet.server_id();
       id ? out.id_bytes(*id, (packet.layout()->id_bits + 7) / 8) : void(out << "null");
     }},
    Field{"worker",
     [](Out& out, const Packet& packet) {
       out.number(packet.part(packet.record.worker, &qt_cid_layout::worker_bits));
     }},
    Field{"process",
     [](Out& out, const Packet& packet) {
       out.number(packet.part(packet.record.process, &qt_cid_layout::process_bits));
     }},
    Field{"unroutable",
     [](Out& out, const Packet& packet) { out << named(packet.names.unroutables, packet.unroutable()); }},
    Field{"time_source",
     [](Out& out, const Packet& packet) {
       out << (packet.has(QT_RECORD_TIME_XDP)     ? R"("xdp")"
               : packet.has(QT_RECORD_TIME_TAP)   ? R"("tap")"
               : packet.has(QT_RECORD_TIME_DRAIN) ? R"("drain")"
                                                  : "null");
     }},
    Field{"error", [](Out& out, const Packet& packet) { out.quoted(packet.text(packet.line.error)); }},
    Field{"reason", [](Out& out, const Packet& packet) { out.quoted(packet.text(packet.line.reason)); }},
    Field{"form", [](Out& out, const Packet& packet) { out << (packet.is_short() ? R"("short")" : R"("long")"); }},
    Field{"connection",
     [](Out& out, const Packet& packet) {
       uint64_t number = packet.line.connection;
       out.number(number > 0 ? std::optional(number) : std::nullopt);
     }},
    Field{"connection_guess", [](Out& out, const Packet& packet) { out.flag(packet.line.connection_guess); }},
};

// Each key and a value, and the end of the line.
constexpr size_t kLongestLine = std::apply(
    [](const auto&... field) { return sizeof("}\n") + (... + (sizeof(field.key) + kLongestValue)); }, kFields);

}  // namespace

PacketJson::PacketJson(uint64_t epoch, PacketNames names)
    : names_(std::move(names)), longest_(kLongestLine), utc_(epoch) {
  if (names_.types.empty()) throw std::out_of_range("no names of packet types");
  for (auto* list : {&names_.types, &names_.schemes, &names_.trusts, &names_.unroutables, &names_.issues}) {
    for (std::string& name : *list) {
      name = '"' + name + (list == &names_.issues ? "\"," : "\"");
      longest_ += name.size();
    }
  }
}

size_t PacketJson::room(const qt_packet_line& line, std::string_view texts, std::string_view interface) const {
  size_t size = longest_ + interface.size();
  // Quotes and a comma around an empty name are the most that a byte of a text can become.
  for (uint32_t at :
       {line.dcid, line.scid, line.sni, line.alpn, line.ja4, line.issues, line.error, line.reason}) {
    if (at > 0) size += 3 * text_at(texts, at).size();
  }
  return size;
}

char* PacketJson::write(const qt_packet_line& line, std::string_view texts, std::string_view interface,
                        char* to) {
  Out out{to};
  Packet packet = {line, line.record, texts, interface, names_, utc_};
  auto write = [&](const auto& field) {
    out << std::string_view(field.key, sizeof(field.key));
    field.write(out, packet);
  };
  std::apply([&](const auto&... field) { (write(field), ...); }, kFields);
  *to = '{';  // in the place of the first comma
  out << "}\n";
  return out.at;
}
