// Follows the connections of one capture, and opens what of their packets everybody can open: Initials, whose
// keys are made of connection IDs on the wire.
#ifndef QUIC_TOP_INITIAL_DECODER_H
#define QUIC_TOP_INITIAL_DECODER_H

#include <optional>
#include <vector>

#include "quic/connection_table.h"
#include "quic/hello_streams.h"
#include "quic/initial_frames.h"
#include "quic/opened_initial.h"
#include "recorder/recorder_layout.h"

class InitialDecoder {
 public:
  // `connections`: how many are remembered.
  explicit InitialDecoder(uint32_t connections);

  // Decodes an Initial, or a Retry from a server, whose record says that it is whole, or a packet of a version
  // that is not known: QT_NOT_OPENED unless the keys that are guessed open it. Records are given in order of
  // time, each once. `frame` holds the captured bytes of the packet's frame, none when they are gone.
  // Where nobody knows who chose the packet's DCID (`chooser_unknown`), that is found out too.
  qt_initial_verdict decode(const qt_record& record, Bytes frame, bool chooser_unknown);

  // What the last packet held, when it was opened.
  const qt_opened_initial& opened() const { return opened_; }
  // The ClientHello that it completes.
  const std::optional<ClientHello>& hello() const { return hello_; }

  // Connections that had to be forgotten for newer ones.
  uint64_t connections_dropped() const { return connections_.dropped(); }

 private:
  struct Packet;

  qt_initial_verdict decode_initial(const Packet& packet, bool chooser_unknown);
  qt_initial_verdict decode_guess(const Packet& packet, bool chooser_unknown);
  qt_initial_verdict decode_retry(const Packet& packet);
  // The place of the connection that an Initial belongs to, which is then opened. Nothing: it does not
  // authenticate.
  std::optional<uint32_t> open_from_client(const Packet& packet);
  std::optional<uint32_t> open_any(const ConnectionTable::Candidates& candidates, Side side,
                                   const Packet& packet);
  bool open(InitialConnection* connection, Side side, const Packet& packet);
  uint32_t add(const InitialConnection& connection);
  uint8_t chooser_of(uint32_t place, const qt_cid& dcid);
  void read_payload(const Packet& packet, std::optional<uint32_t> client);
  void keep_close(const ConnectionClose& close);

  ConnectionTable connections_;
  HelloStreams hellos_;
  InitialFrames frames_;
  std::vector<uint8_t> room_;  // the opened packet
  qt_opened_initial opened_ = {};
  std::optional<ClientHello> hello_;
};

#endif
