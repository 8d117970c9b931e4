#include "util/capture_error.h"

#include <cstring>

namespace {

std::string hint_for(int error_number) {
  switch (error_number) {
    case EPERM:
    case EACCES:
      return "run it as root: sudo quic-top (it needs CAP_SYS_ADMIN, CAP_NET_ADMIN and CAP_NET_RAW)";
    case ENOSYS:
      return "this kernel was built without BPF or AF_XDP, and quic-top needs both";
    case ENOMEM:
    case ENOBUFS:
      return "free memory, or ask for less: --buffer 16M --cid-table 1024";
    default:
      return "QUIC_TOP_DEBUG=1 in the environment shows what libbpf and libxdp say about it";
  }
}

}  // namespace

CaptureError system_error(const std::string& what, int error_number, const std::string& hint) {
  const char* name = strerrorname_np(error_number);
  std::string code = name ? name : std::to_string(error_number);
  return CaptureError(code, what + " failed: " + code + " (" + strerror(error_number) + ")", hint);
}

CaptureError system_error(const std::string& what, int error_number) {
  return system_error(what, error_number, hint_for(error_number));
}
