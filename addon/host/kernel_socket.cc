#include "host/kernel_socket.h"

#include <sys/socket.h>

#include "util/capture_error.h"

namespace {

UniqueFd kept;

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
  bool is_kept = kept && protocol == NETLINK_ROUTE;
  if (!is_kept) own_ = open_socket(protocol);
  fd_ = is_kept ? kept.get() : own_.get();
}

void KernelSocket::keep() {
  if (!kept) kept = open_socket(NETLINK_ROUTE);
  if (!kept) throw system_error("open a socket to ask about interfaces", errno);
}
