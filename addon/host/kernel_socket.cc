#include "host/kernel_socket.h"

#include <sys/socket.h>

#include <map>

#include "util/capture_error.h"

namespace {

std::map<int, UniqueFd> kept;  // by netlink protocol

UniqueFd open_socket(int protocol) {
  UniqueFd fd(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol));
  // So that a dump heeds what the request's header selects; Linux before 4.20 does not know it, and tells
  // everything.
  int strict = 1;
  if (fd) setsockopt(fd.get(), SOL_NETLINK, NETLINK_GET_STRICT_CHK, &strict, sizeof(strict));
  return fd;
}

}  // namespace

KernelSocket::KernelSocket(int protocol) {
  auto found = kept.find(protocol);
  if (found == kept.end()) own_ = open_socket(protocol);
  fd_ = found == kept.end() ? own_.get() : found->second.get();
}

void KernelSocket::keep(int protocol) {
  if (kept.count(protocol)) return;
  UniqueFd fd = open_socket(protocol);
  if (!fd) throw system_error("open a socket to ask the kernel", errno);
  kept.emplace(protocol, std::move(fd));
}
