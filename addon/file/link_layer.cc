#include "file/link_layer.h"

namespace {

// The address family of the system that captured, in its byte order; LOOP has it in network byte order.
bool read_family(cursor* c, qt_ethertype* ethertype) {
  const uint8_t* header;
  if (!cursor_take(c, 4, &header)) return false;
  uint32_t family = qt_be32(header);
  if (family > 0xffff) family = __builtin_bswap32(family);
  switch (family) {
    case 2:  // AF_INET everywhere
      *ethertype = QT_ETH_IPV4;
      break;
    case 10:  // AF_INET6 of Linux; NetBSD, OpenBSD; FreeBSD; macOS
    case 24:
    case 28:
    case 30:
      *ethertype = QT_ETH_IPV6;
      break;
    default:
      *ethertype = QT_ETH_NONE;
  }
  return true;
}

// RFC 1661, RFC 1662: address and control bytes may be there, and the protocol may be one byte. Cisco's HDLC
// begins with another address, and has an EtherType.
bool read_ppp(cursor* c, qt_ethertype* ethertype) {
  if (c->end - c->pos >= 2 && (c->pos[0] == 0x0f || c->pos[0] == 0x8f) && c->pos[1] == 0) {
    const uint8_t* header;
    if (!cursor_take(c, 4, &header)) return false;
    *ethertype = static_cast<qt_ethertype>(qt_be16(header + 2));
    return true;
  }
  if (c->end - c->pos >= 2 && c->pos[0] == 0xff && c->pos[1] == 0x03) c->pos += 2;
  const uint8_t *first, *second;
  if (!cursor_take(c, 1, &first)) return false;
  uint16_t protocol = *first;
  if (!(protocol & 1)) {
    if (!cursor_take(c, 1, &second)) return false;
    protocol = qt_be16(first);
  }
  *ethertype = protocol == 0x21 ? QT_ETH_IPV4 : protocol == 0x57 ? QT_ETH_IPV6 : QT_ETH_NONE;
  return true;
}

// Linux "cooked" headers: the EtherType stands at `type` in a header of `size` bytes, the device's kind at
// `device`. VLAN tags may follow.
bool read_cooked(cursor* c, uint32_t size, uint32_t type, uint32_t device, uint16_t* ethertype) {
  constexpr uint16_t kNetlink = 824;  // ARPHRD_NETLINK: what stands there is a netlink family
  const uint8_t* header;
  if (!cursor_take(c, size, &header)) return false;
  *ethertype = qt_be16(header + device) == kNetlink ? 0 : qt_be16(header + type);
  return true;
}

}  // namespace

bool is_known_link_type(uint32_t link_type) {
  switch (link_type) {
    case QT_LINK_NULL:
    case QT_LINK_ETHERNET:
    case QT_LINK_PPP:
    case QT_LINK_RAW_BSD:
    case QT_LINK_RAW_OPENBSD:
    case QT_LINK_PPP_HDLC:
    case QT_LINK_RAW:
    case QT_LINK_CISCO_HDLC:
    case QT_LINK_LOOP:
    case QT_LINK_SLL:
    case QT_LINK_IPV4:
    case QT_LINK_IPV6:
    case QT_LINK_SLL2:
      return true;
    default:
      return false;
  }
}

CaptureError unknown_link_type(const ByteStream& stream, uint32_t link_type) {
  return stream.error("LINK_TYPE",
                      "has frames of link type " + std::to_string(link_type) + ", which quic-top cannot read",
                      "quic-top reads Ethernet, raw IP, loopback, Linux cooked and PPP captures");
}

bool parse_link(uint32_t link_type, cursor* c, qt_ethertype* ethertype, uint32_t* header, qt_counter* fate) {
  *fate = QT_TRUNCATED;
  uint16_t type = 0;
  bool tagged = false;
  bool whole = false;
  switch (link_type) {
    case QT_LINK_ETHERNET:
      *header = QT_ETH_HEADER;
      return parse_ethernet(c, ethertype);
    case QT_LINK_SLL:
      tagged = true;
      whole = read_cooked(c, 16, 14, 2, &type);
      break;
    case QT_LINK_SLL2:
      tagged = true;
      whole = read_cooked(c, 20, 0, 8, &type);
      break;
    case QT_LINK_NULL:
    case QT_LINK_LOOP:
      whole = read_family(c, ethertype);
      break;
    case QT_LINK_PPP:
    case QT_LINK_PPP_HDLC:
    case QT_LINK_CISCO_HDLC:
      whole = read_ppp(c, ethertype);
      break;
    case QT_LINK_RAW:
    case QT_LINK_RAW_BSD:
    case QT_LINK_RAW_OPENBSD:
    case QT_LINK_IPV4:
    case QT_LINK_IPV6:
      whole = parse_raw(c, ethertype);
      break;
    default:
      *fate = QT_NOT_IP;
      return false;
  }
  *header = static_cast<uint32_t>(c->pos - c->start);
  return whole && (!tagged || parse_vlan_tags(c, type, ethertype));
}
