// Writes to the programs' server_cid_lengths how long the connection IDs of servers are: from the next packet
// on they read short headers by it.
#ifndef QUIC_TOP_SERVER_LENGTHS_H
#define QUIC_TOP_SERVER_LENGTHS_H

#include "cid/cid_lengths.h"

class ServerLengths : public CidLengthsListener {
 public:
  // `map` is the descriptor of server_cid_lengths, which is emptied: a joined program may still have what a
  // killed process wrote.
  explicit ServerLengths(int map);

  void learned(const qt_endpoint& server, const qt_server_lengths& lengths) override;
  void forgot(const qt_endpoint& server) override;

 private:
  int map_;
};

#endif
