// Takes from this process what it needs no more once root is given up and packets come, so that a decoder that
// a packet took over has little to go on with: seccomp refuses system calls, Landlock hides files. What stays
// is told in docs/security.md.
#ifndef QUIC_TOP_SANDBOX_H
#define QUIC_TOP_SANDBOX_H

#include <string>
#include <vector>

// What it keeps.
struct SandboxNeeds {
  std::vector<std::string> writable;   // new files may be made there, and removed
  std::vector<std::string> removable;  // files may only be removed there
  bool writes_maps;                    // to BPF maps that are open for that (BPF_MAP_UPDATE_BATCH)
  bool asks_sockets;                   // may ask which UDP sockets there are (host/udp_sockets.h)
};

// What the running kernel has of it.
struct SandboxSupport {
  bool seccomp;
  int landlock;  // version of its ABI, 0: it has none, or does not use it
};
SandboxSupport sandbox_support();

// Confines every thread, and those that come later; there is no way back. Uses what the kernel has. The process
// must have given up its rights (no_new_privs), and have open what it needs but these folders. Throws
// CaptureError; then only some threads may be confined, and the process must end.
void enter_sandbox(const SandboxNeeds& needs);

#endif
