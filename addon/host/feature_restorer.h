// The process that switches features of an interface on again, however this one ends (restore/main.cc).
#ifndef QUIC_TOP_FEATURE_RESTORER_H
#define QUIC_TOP_FEATURE_RESTORER_H

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "util/unique_fd.h"

class FeatureRestorer {
 public:
  FeatureRestorer() = default;
  ~FeatureRestorer() { finish(); }

  // Starts it, to switch `features` of the interface on once the XDP program `program` is no longer there. To
  // be called with the rights to do that. Where it cannot be started, `failure` tells why.
  void start(int ifindex, uint32_t program, const std::vector<std::string>& features);
  // Has it do its work, and waits until that is done, for some seconds at most. May be called twice, and when
  // it was never started.
  void finish();

  // What it was to switch on; empty when that was nothing.
  const std::vector<std::string>& features() const { return features_; }
  // Why it does not run, for a person; empty when it does, or was never asked to.
  const std::string& failure() const { return failure_; }

 private:
  std::vector<std::string> features_;
  std::string failure_;
  pid_t process_ = -1;
  UniqueFd end_;  // it goes to work when nobody holds this any more
};

#endif
