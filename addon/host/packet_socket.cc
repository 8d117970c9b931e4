#include "host/packet_socket.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <sys/socket.h>

#include <cerrno>

#include "util/capture_error.h"

namespace {

void lock_filter(int socket) {
  int on = 1;
  if (setsockopt(socket, SOL_SOCKET, SO_LOCK_FILTER, &on, sizeof(on)) != 0)
    throw system_error("lock the filter of a packet socket", errno);
}

}  // namespace

UniqueFd open_packet_socket(int type) {
  // Protocol 0: bound to nothing, so that no packet comes before the filter is there.
  UniqueFd opened(socket(AF_PACKET, type | SOCK_CLOEXEC, 0));
  if (!opened) {
    throw system_error("open a packet socket", errno,
                       "it takes CAP_NET_RAW: type sudo before quic-top, or see: quic-top doctor");
  }
  UniqueFd apart(fcntl(opened.get(), F_DUPFD_CLOEXEC, packet_socket::kFirst));
  if (!apart || apart.get() >= packet_socket::kFirst + packet_socket::kCount)
    throw system_error("give a packet socket a number of its own", apart ? EMFILE : errno, "ulimit -n 1024");
  return apart;
}

void set_filter(int socket, int program) {
  if (setsockopt(socket, SOL_SOCKET, SO_ATTACH_BPF, &program, sizeof(program)) != 0)
    throw system_error("put the filter on a packet socket", errno);
  lock_filter(socket);
}

void set_filter(int socket) {
  sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
  sock_fprog program = {1, &nothing};
  if (setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) != 0)
    throw system_error("put a filter on a packet socket", errno);
  lock_filter(socket);
}
