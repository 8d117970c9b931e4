// A cable between two network namespaces, of devices without Ethernet headers: `tun_cable NAMESPACE NAMESPACE
// DEVICE`. Makes a tun device of that name in each, prints "ready", and carries packets both ways until it is
// ended, which takes the devices away.
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <string>

namespace {

int fail(const std::string& what) {
  perror(("tun_cable: " + what).c_str());
  return 1;
}

// Returns its descriptor, or -1.
int make_tun(const std::string& network, const char* name) {
  int net = open(("/run/netns/" + network).c_str(), O_RDONLY | O_CLOEXEC);
  if (net < 0 || setns(net, CLONE_NEWNET) != 0) return -1;
  close(net);
  int tun = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
  ifreq request = {};
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  return tun >= 0 && ioctl(tun, TUNSETIFF, &request) == 0 ? tun : -1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return fail("two namespaces and a name");
  pollfd ends[2] = {};
  for (int i = 0; i < 2; i++) {
    ends[i] = {make_tun(argv[1 + i], argv[3]), POLLIN, 0};
    if (ends[i].fd < 0) return fail(std::string("make a device in ") + argv[1 + i]);
  }
  puts("ready");
  fflush(stdout);
  char packet[65536];
  while (poll(ends, 2, -1) > 0) {
    for (int i = 0; i < 2; i++) {
      if (!(ends[i].revents & POLLIN)) continue;
      ssize_t size = read(ends[i].fd, packet, sizeof(packet));
      // A device that is down refuses: the packet is lost, as on any cable.
      if (size > 0 && write(ends[1 - i].fd, packet, size) < 0) continue;
    }
  }
  return fail("poll");
}
