#include "netlink.h"

#include <sys/socket.h>

#include <cerrno>

#include "unique_fd.h"

namespace {

constexpr size_t kReceive = 1 << 16;  // the kernel fills no more than 32 KiB at a time

}  // namespace

void for_each_attribute(const uint8_t* data, size_t size, const VisitAttribute& visit) {
  while (size >= NLA_HDRLEN) {
    nlattr header;
    memcpy(&header, data, sizeof(header));
    if (header.nla_len < NLA_HDRLEN || header.nla_len > size) return;
    visit(header.nla_type & NLA_TYPE_MASK, {data + NLA_HDRLEN, size_t{header.nla_len} - NLA_HDRLEN});
    size_t whole = NLA_ALIGN(header.nla_len);
    if (whole >= size) return;
    data += whole;
    size -= whole;
  }
}

void NetlinkRequest::add(uint16_t type, const void* data, size_t size) {
  size_t at = bytes_.size();
  nlattr header = {static_cast<uint16_t>(NLA_HDRLEN + size), type};
  bytes_.resize(at + NLA_HDRLEN + NLA_ALIGN(size));
  memcpy(&bytes_[at], &header, sizeof(header));
  memcpy(&bytes_[at + NLA_HDRLEN], data, size);
}

int NetlinkRequest::ask(
    int protocol,
    const std::function<void(const uint8_t* header, const uint8_t* attributes, size_t size)>& visit) {
  UniqueFd socket_fd(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol));
  if (!socket_fd) return errno;
  message().nlmsg_len = bytes_.size();
  if (send(socket_fd.get(), bytes_.data(), bytes_.size(), 0) < 0) return errno;

  std::vector<uint8_t> buffer(kReceive);
  size_t before = NLMSG_HDRLEN + header_size_;
  for (;;) {
    ssize_t received = recv(socket_fd.get(), buffer.data(), buffer.size(), 0);
    if (received < 0 && errno == EINTR) continue;
    if (received < 0) return errno;
    int left = received;
    for (auto* at = reinterpret_cast<const nlmsghdr*>(buffer.data()); NLMSG_OK(at, left);
         at = NLMSG_NEXT(at, left)) {
      auto* bytes = reinterpret_cast<const uint8_t*>(at);
      // The end of several answers, or of one; either carries an error number.
      if (at->nlmsg_type == NLMSG_DONE) return 0;
      if (at->nlmsg_type == NLMSG_ERROR) return -reinterpret_cast<const nlmsgerr*>(NLMSG_DATA(at))->error;
      if (at->nlmsg_len >= before) visit(bytes + NLMSG_HDRLEN, bytes + before, at->nlmsg_len - before);
    }
  }
}
