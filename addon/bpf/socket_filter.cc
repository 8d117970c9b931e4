#include "bpf/socket_filter.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include <cerrno>
#include <iterator>

#include "bpf/bpf_info.h"
#include "host/packet_socket.h"
#include "util/capture_error.h"

#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23  // Linux 4.20
#endif

namespace {

constexpr char kWhat[] = "load the socket filter";

// A map of one program.
UniqueFd hold_program(int program) {
  UniqueFd map(
      bpf_map_create(BPF_MAP_TYPE_PROG_ARRAY, "socket_parser", sizeof(uint32_t), sizeof(uint32_t), 1, nullptr));
  uint32_t zero = 0;
  if (!map || bpf_map_update_elem(map.get(), &zero, &program, BPF_ANY)) throw system_error(kWhat, errno);
  return map;
}

// Goes on to the program in the map, and gives the socket nothing if there is none.
UniqueFd load_jump(int map) {
  const bpf_insn jump[] = {
      {BPF_LD | BPF_IMM | BPF_DW, BPF_REG_2, BPF_PSEUDO_MAP_FD, 0, map},
      {0, 0, 0, 0, 0},
      {BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_3, 0, 0, 0},
      {BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_tail_call},
      {BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0},
      {BPF_JMP | BPF_EXIT, 0, 0, 0, 0},
  };
  UniqueFd program(bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "quic_socket_at", "Dual MIT/GPL", jump,
                                 std::size(jump), nullptr));
  if (!program) throw system_error(kWhat, errno);
  return program;
}

}  // namespace

SocketFilter::SocketFilter(const Interface& interface, const BpfMaps& maps, bool outgoing)
    : interface_(interface.name()),
      ifindex_(interface.index()),
      outgoing_(outgoing),
      // Of all interfaces the link headers are left out, which are of different kinds.
      socket_(open_packet_socket(interface.is_any() ? SOCK_DGRAM : SOCK_RAW)) {
  UniqueFd parser = load_program("quic_socket", maps, kWhat);
  id_ = program_id(parser.get());
  parser_ = hold_program(parser.get());
  set_filter(socket_.get(), load_jump(parser_.get()).get());
  int on = 1;
  if (!outgoing && setsockopt(socket_.get(), SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on)) != 0)
    throw system_error("leave out what is sent", errno, "this needs Linux 4.20");
}

void SocketFilter::finish_setup() { hold_read_only(parser_.get()); }

void SocketFilter::attach() {
  sockaddr_ll address = {};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = ifindex_;
  if (bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0)
    throw system_error("bind the packet socket to " + interface_, errno);
  attached_ = true;
}
