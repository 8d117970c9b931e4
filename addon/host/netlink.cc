#include "host/netlink.h"

#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "host/kernel_socket.h"

namespace {

constexpr size_t kReceive = 1 << 16;  // the kernel fills no more than 32 KiB at a time

// Numbers the requests of a socket that is asked more than once: what was left of an earlier answer is not
// heeded.
std::atomic<uint32_t> last_number{0};

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

NetlinkAttribute attributes_of(const nlmsghdr& message, size_t header_size) {
  size_t before = NLMSG_HDRLEN + NLMSG_ALIGN(header_size);
  if (message.nlmsg_len < before) return {nullptr, 0};
  return {reinterpret_cast<const uint8_t*>(&message) + before, message.nlmsg_len - before};
}

int receive_netlink(int socket, const std::function<void(const nlmsghdr& message)>& visit) {
  std::vector<uint8_t> buffer(kReceive);
  ssize_t received;
  do {
    received = recv(socket, buffer.data(), buffer.size(), 0);
  } while (received < 0 && errno == EINTR);
  if (received < 0) return errno;
  int left = received;
  for (auto* at = reinterpret_cast<const nlmsghdr*>(buffer.data()); NLMSG_OK(at, left);
       at = NLMSG_NEXT(at, left)) {
    visit(*at);
  }
  return 0;
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
  KernelSocket kernel(protocol);
  if (kernel.get() < 0) return errno;
  message().nlmsg_len = bytes_.size();
  message().nlmsg_seq = ++last_number;
  // Not send(2), which a sandbox refuses.
  if (write(kernel.get(), bytes_.data(), bytes_.size()) < 0) return errno;

  int result = 0;
  bool done = false;
  while (!done) {
    int error = receive_netlink(kernel.get(), [&](const nlmsghdr& answer) {
      if (answer.nlmsg_seq != message().nlmsg_seq) return;
      // The end of several answers, or of one; either carries an error number.
      if (answer.nlmsg_type == NLMSG_ERROR) result = -static_cast<const nlmsgerr*>(NLMSG_DATA(&answer))->error;
      if (answer.nlmsg_type == NLMSG_ERROR || answer.nlmsg_type == NLMSG_DONE) done = true;
      if (done) return;
      NetlinkAttribute attributes = attributes_of(answer, header_size_);
      if (attributes.data)
        visit(static_cast<const uint8_t*>(NLMSG_DATA(&answer)), attributes.data, attributes.size);
    });
    if (error) return error;
  }
  return result;
}
