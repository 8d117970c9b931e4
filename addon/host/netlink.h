// Questions to the kernel over netlink.
#ifndef QUIC_TOP_NETLINK_H
#define QUIC_TOP_NETLINK_H

#include <linux/netlink.h>

#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

// An attribute of an answer; valid while that is.
struct NetlinkAttribute {
  const uint8_t* data;
  size_t size;

  // The value, or 0 where the attribute is shorter.
  template <typename T>
  T as() const {
    T value = {};
    if (size >= sizeof(value)) memcpy(&value, data, sizeof(value));
    return value;
  }
  std::string text() const {
    return std::string(reinterpret_cast<const char*>(data), strnlen(reinterpret_cast<const char*>(data), size));
  }
};

using VisitAttribute = std::function<void(int type, NetlinkAttribute attribute)>;

// Calls `visit` for each attribute among these bytes.
void for_each_attribute(const uint8_t* data, size_t size, const VisitAttribute& visit);

// What stands behind a message's header, when that has `header_size` bytes after the netlink one; empty where
// the message is shorter.
NetlinkAttribute attributes_of(const nlmsghdr& message, size_t header_size);

// Receives some messages and calls `visit` for each. Returns 0, or the errno of recv(2): EAGAIN when a socket
// that does not block has none, ENOBUFS when some were lost.
int receive_netlink(int socket, const std::function<void(const nlmsghdr& message)>& visit);

class NetlinkRequest {
 public:
  // `header` is what the message type has before its attributes.
  template <typename Header>
  NetlinkRequest(uint16_t type, uint16_t flags, const Header& header)
      : header_size_(NLMSG_ALIGN(sizeof(header))), bytes_(NLMSG_HDRLEN + header_size_) {
    message().nlmsg_type = type;
    message().nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
    memcpy(&bytes_[NLMSG_HDRLEN], &header, sizeof(header));
  }
  void add(uint16_t type, const void* data, size_t size);

  // Sends it to that netlink protocol and calls `visit` with the header and the attributes of each answer.
  // Returns 0, or the errno that the kernel or the socket answered with.
  int ask(int protocol,
          const std::function<void(const uint8_t* header, const uint8_t* attributes, size_t size)>& visit);

 private:
  nlmsghdr& message() { return *reinterpret_cast<nlmsghdr*>(bytes_.data()); }

  size_t header_size_;
  std::vector<uint8_t> bytes_;
};

#endif
