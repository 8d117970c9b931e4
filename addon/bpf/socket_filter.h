// The parser as a filter on a packet socket (AF_PACKET) that is given no packet: it sees what the host's stack
// gets, on any device, and is gone with the process. On the socket is a short program that goes on to the
// parser (a tail call): before Linux 6.7 a socket has room for some 2,500 instructions (net.core.optmem_max).
#ifndef QUIC_TOP_SOCKET_FILTER_H
#define QUIC_TOP_SOCKET_FILTER_H

#include "bpf/bpf_maps.h"
#include "host/interface.h"
#include "util/unique_fd.h"

class SocketFilter {
 public:
  // Loads it and puts it on a socket that is bound to nothing yet. With `outgoing` it also sees what leaves the
  // interface: the kernel then makes a copy (of the skb, not of its bytes) of every packet that is sent. Throws
  // CaptureError.
  SocketFilter(const Interface& interface, const BpfMaps& maps, bool outgoing);

  // From here on it sees packets. Throws CaptureError.
  void attach();
  // From here on its map is only read.
  void finish_setup();
  // Returns when the kernel runs it no more.
  void detach() { socket_.reset(); }
  bool is_attached() const { return attached_ && socket_; }
  bool sees_outgoing() const { return outgoing_; }
  uint32_t id() const { return id_; }

 private:
  std::string interface_;
  int ifindex_;
  bool outgoing_;
  bool attached_ = false;
  UniqueFd socket_;
  UniqueFd parser_;  // a BPF_MAP_TYPE_PROG_ARRAY: the kernel empties it when nobody has it open
  uint32_t id_;      // of the parser
};

#endif
