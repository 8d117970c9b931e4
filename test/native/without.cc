// Runs a command as on a kernel that lacks something, or refuses it: `without
// bpf|bpf-rights|bpf-maps|tcx|af-xdp COMMAND [ARGUMENT ...]`. Without BPF maps there is none of any type. It is
// seccomp that refuses; arguments that it cannot see, because they stand in memory, are looked at by a process
// beside the command, which lives as long as the last process that this holds for.
#include <linux/audit.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include "bpf/tcx.h"

namespace {

struct Refusal {
  std::string_view what;
  uint32_t call;
  // The first one; nothing where all such calls are refused.
  std::optional<uint32_t> argument;
  uint32_t error;
  // Where in the union bpf_attr the attach type stands, if only those of tcx are refused.
  std::optional<size_t> attach_type;
};

constexpr Refusal kRefusals[] = {
    {"bpf", __NR_bpf, {}, ENOSYS, {}},
    {"bpf-rights", __NR_bpf, {}, EPERM, {}},
    {"bpf-maps", __NR_bpf, BPF_MAP_CREATE, EINVAL, {}},
    {"tcx", __NR_bpf, BPF_LINK_CREATE, EINVAL, offsetof(bpf_attr, link_create.attach_type)},
    {"tcx", __NR_bpf, BPF_PROG_QUERY, EINVAL, offsetof(bpf_attr, query.attach_type)},
    {"af-xdp", __NR_socket, AF_XDP, EAFNOSUPPORT, {}},
};

std::vector<sock_filter> filter_for(std::string_view what) {
  std::vector<sock_filter> filter;
  for (const Refusal& refusal : kRefusals) {
    if (refusal.what != what) continue;
    // Another call goes on behind this.
    uint8_t rest = refusal.argument ? 3 : 1;
    filter.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)));
    filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, refusal.call, 0, rest));
    if (refusal.argument) {
      filter.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args)));
      filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, *refusal.argument, 0, 1));
    }
    filter.push_back(BPF_STMT(
        BPF_RET | BPF_K, refusal.attach_type ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_ERRNO | refusal.error));
  }
  filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  return filter;
}

// The errno to refuse a call with, or 0.
uint32_t refusal_of(const seccomp_notif& call) {
  for (const Refusal& refusal : kRefusals) {
    if (!refusal.attach_type || refusal.argument != call.data.args[0]) continue;
    uint32_t type = 0;
    iovec here = {&type, sizeof(type)};
    iovec there = {reinterpret_cast<void*>(call.data.args[1] + *refusal.attach_type), sizeof(type)};
    if (process_vm_readv(static_cast<pid_t>(call.pid), &here, 1, &there, 1, 0) != sizeof(type)) return EFAULT;
    if (type == kTcxIngress || type == kTcxEgress) return refusal.error;
  }
  return 0;
}

// Answers until the last process with the filter has ended.
void answer(int listener) {
  for (pollfd wait = {listener, POLLIN, 0}; poll(&wait, 1, -1) < 0 || !(wait.revents & POLLHUP);) {
    seccomp_notif call = {};
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) != 0) continue;
    seccomp_notif_resp response = {};
    response.id = call.id;
    if (uint32_t error = refusal_of(call)) {
      response.error = -static_cast<int32_t>(error);
    } else {
      response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    }
    ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
  }
}

// A descriptor as the only content of a message.
struct Envelope {
  explicit Envelope() {
    content.msg_iov = &body;
    content.msg_iovlen = 1;
    content.msg_control = control;
    content.msg_controllen = sizeof(control);
  }
  char byte = 0;
  iovec body = {&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr content = {};
};

bool send_descriptor(int socket, int descriptor) {
  Envelope envelope;
  cmsghdr* header = CMSG_FIRSTHDR(&envelope.content);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(header), &descriptor, sizeof(int));
  return sendmsg(socket, &envelope.content, 0) == 1;
}

int receive_descriptor(int socket) {
  Envelope envelope;
  int descriptor = -1;
  if (recvmsg(socket, &envelope.content, 0) == 1 && CMSG_FIRSTHDR(&envelope.content)) {
    memcpy(&descriptor, CMSG_DATA(CMSG_FIRSTHDR(&envelope.content)), sizeof(int));
  }
  return descriptor;
}

// Forks the process that answers, which the command shall not have as its child. Returns the socket that it
// waits at for the listener, or -1.
int start_answering() {
  int sockets[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) return -1;
  pid_t child = fork();
  if (child == 0) {
    if (fork() != 0) _exit(0);
    setsid();
    close(sockets[0]);
    int listener = receive_descriptor(sockets[1]);
    // Nobody shall wait for this one to close its output.
    for (int standard : {0, 1, 2}) close(standard);
    if (listener >= 0) answer(listener);
    _exit(0);
  }
  close(sockets[1]);
  if (child < 0) return -1;
  waitpid(child, nullptr, 0);
  return sockets[0];
}

bool asks(const std::vector<sock_filter>& filter) {
  for (const sock_filter& step : filter) {
    if (step.code == (BPF_RET | BPF_K) && step.k == SECCOMP_RET_USER_NOTIF) return true;
  }
  return false;
}

bool install(std::vector<sock_filter> filter) {
  sock_fprog program = {static_cast<uint16_t>(filter.size()), filter.data()};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return false;
  if (!asks(filter)) return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
  int socket = start_answering();
  long listener = syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
  // There can be one listener only: a command that runs without tcx has asked for the same once more.
  if (listener < 0) return errno == EBUSY;
  bool sent = socket >= 0 && send_descriptor(socket, static_cast<int>(listener));
  close(static_cast<int>(listener));
  close(socket);
  return sent;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<sock_filter> filter = filter_for(argc > 1 ? argv[1] : "");
  if (argc < 3 || filter.size() == 1 || !install(filter)) {
    perror("without");
    return 125;
  }
  execvp(argv[2], argv + 2);
  perror(argv[2]);
  return 127;
}
