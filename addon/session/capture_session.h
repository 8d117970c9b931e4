// A capture on one interface: the programs, the sockets, the tap and the threads that drain them, and the order
// in which they start and end.
#ifndef QUIC_TOP_CAPTURE_SESSION_H
#define QUIC_TOP_CAPTURE_SESSION_H

#include <array>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bpf/backend_table.h"
#include "bpf/capture_programs.h"
#include "bpf/cid_table.h"
#include "host/feature_restorer.h"
#include "host/interface_snapshot.h"
#include "host/link_watch.h"
#include "session/af_xdp_source.h"
#include "session/drain_thread.h"
#include "session/tap_source.h"

struct SessionOptions {
  std::string interface;
  qt_mode mode;
  ProgramOptions programs;
  std::vector<uint16_t> ports;
  // Packets that each CPU may capture in a second; 0: as many as come. Nothing: as is good for the mode.
  std::optional<uint32_t> budget;
  ShortHeaders short_headers;
  uint32_t sockets;  // AF_XDP sockets of each RX queue: no more than slots
  bool zero_copy;
  // Of the drain threads, in turn; none: where the kernel puts them.
  std::vector<uint32_t> cpus;
  bool promiscuous;
};

// What others left of a capture.
struct SessionState {
  LinkState link;
  bool program_attached;  // that which sees what arrives
  bool egress_attached;   // and what leaves
};

class CaptureSession {
 public:
  // Does everything that can fail: after it the programs are attached, and capture nothing. Throws
  // CaptureError. `memory` is the recorder's and must outlive the session.
  CaptureSession(const SessionOptions& options, uint8_t* memory, size_t size);
  ~CaptureSession() { stop(); }

  void start();
  // Ends capturing. When it returns every frame that the program chose is recorded or in a loss counter, and
  // the interface is as it was, as far as that can be. May be called twice, and before start().
  void stop();

  // To be asked before stop(), which detaches by itself.
  SessionState look();

  // Since start(), by enum qt_counter: of what arrived, and of what left.
  Counters counters() const { return since(programs_.counters(), before_); }
  Counters egress_counters() const { return since(programs_.egress_counters(), egress_before_); }
  // By enum qt_loss, up to these readings.
  std::array<uint64_t, QT_LOSSES> losses(const Counters& counters, const Counters& egress) const;
  // RX queues of the interface since the program is attached.
  uint32_t rx_queues() const { return rx_queues_; }
  // One for each RX queue that has sockets: all, unless a joined program has no keys for the last ones; none
  // without XDP.
  const std::vector<std::unique_ptr<AfXdpSource>>& sockets() const { return sockets_; }
  // Of all frames (enum qt_link_type).
  uint16_t link_type() const { return link_type_; }
  const CapturePrograms& programs() const { return programs_; }
  // How the interface was before anything was done to it, and how it is after stop(); nothing where it could
  // not be seen.
  const std::optional<InterfaceSnapshot>& before_attach() const { return before_attach_; }
  const std::optional<InterfaceSnapshot>& after_detach() const { return after_detach_; }
  // What attaching the program switched off.
  const FeatureRestorer& restorer() const { return restorer_; }
  CidTable& cids() { return *cids_; }
  BackendTable& backends() { return *backends_; }
  // May be called at any time. Sockets and tap are drained in every mode, so no frame is lost by it. Throws
  // CaptureError: without XDP there is no mode divert.
  void set_mode(qt_mode mode);

 private:
  CaptureSession(const SessionOptions& options, const Interface& interface, uint8_t* memory, size_t size);
  void enter_mode();
  bool with_xdp() const { return is_xdp(programs_.hook()); }
  const BpfMaps& maps() const { return programs_.maps(); }
  void bind_sockets(const Interface& interface);
  void bind_new_queues(const Interface& interface);
  void restore_features_later();
  void make_threads();

  SessionOptions options_;
  int index_;  // of the interface
  uint16_t link_type_;
  uint32_t rx_queues_;
  DrainShared shared_;
  std::future<void> populated_;  // the recorder's memory; waits for it when destroyed
  // Destroyed last to first: threads, sources, programs, features, promiscuous mode.
  LinkWatch watch_;
  std::optional<InterfaceSnapshot> before_attach_, after_detach_;
  UniqueFd promiscuous_;
  FeatureRestorer restorer_;
  CapturePrograms programs_;
  std::vector<std::unique_ptr<AfXdpSource>> sockets_;
  std::vector<std::unique_ptr<TapSource>> taps_;
  std::optional<CidLengths> cid_lengths_;
  RecorderWriter recorder_;
  std::optional<CidTable> cids_;
  std::optional<BackendTable> backends_;
  std::vector<std::unique_ptr<DrainThread>> threads_;
  Counters before_ = {}, egress_before_ = {};  // at start()
  enum class State { kOpen, kStarted, kStopped } state_ = State::kOpen;
};

#endif
