// The sockets by which the kernel is asked: about network interfaces by netlink and by ethtool's ioctl(2),
// about sockets by netlink.
#ifndef QUIC_TOP_KERNEL_SOCKET_H
#define QUIC_TOP_KERNEL_SOCKET_H

#include <linux/netlink.h>

#include "util/unique_fd.h"

class KernelSocket {
 public:
  // Opens one of that netlink protocol, unless one is kept. Where it cannot be opened, get() is negative and
  // errno says why.
  explicit KernelSocket(int protocol = NETLINK_ROUTE);

  int get() const { return fd_; }

  // Keeps one of that netlink protocol open from here on, of this network namespace, for a process that may
  // open no more (host/sandbox.h). It is for one thread alone. Throws CaptureError.
  static void keep(int protocol);

 private:
  UniqueFd own_;
  int fd_;
};

#endif
