#include "bpf/server_lengths.h"

#include <bpf/bpf.h>

ServerLengths::ServerLengths(int map) : map_(map) {
  qt_endpoint server;
  while (bpf_map_get_next_key(map_, nullptr, &server) == 0 && bpf_map_delete_elem(map_, &server) == 0) {
  }
}

// Where it cannot be written, short headers to that server are counted as unread: nothing is lost by it.
void ServerLengths::learned(const qt_endpoint& server, const qt_server_lengths& lengths) {
  bpf_map_update_elem(map_, &server, &lengths, BPF_ANY);
}

void ServerLengths::forgot(const qt_endpoint& server) { bpf_map_delete_elem(map_, &server); }
