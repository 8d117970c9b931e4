#include "host/feature_restorer.h"

#include <dlfcn.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <cstring>

namespace {

constexpr char kProgram[] = "quic-top-restore";
constexpr int kStartPatience = 2000;   // milliseconds until it must be ready
constexpr int kFinishPatience = 5000;  // and until it must be done: it gives up after three seconds

// Beside the file that this code is in.
std::string program_path() {
  Dl_info info = {};
  if (!dladdr(reinterpret_cast<void*>(&program_path), &info) || !info.dli_fname) return kProgram;
  std::string path = info.dli_fname;
  return path.substr(0, path.rfind('/') + 1) + kProgram;
}

// Waits for a byte, or for the other end to be closed. How many bytes came: 0 or 1; -1 when nothing happened.
ssize_t wait_for(int socket, int milliseconds) {
  pollfd waiting = {socket, POLLIN, 0};
  int ready;
  do {
    ready = poll(&waiting, 1, milliseconds);
  } while (ready < 0 && errno == EINTR);
  char byte;
  return ready == 1 ? recv(socket, &byte, 1, MSG_DONTWAIT) : -1;
}

// Not fork(2): that would copy the page tables of all of Node's memory. Returns 0 or an errno.
int spawn(const std::string& path, const std::vector<std::string>& words, int input, pid_t* process) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  char* no_environment[] = {nullptr};

  sigset_t none, usual;
  sigemptyset(&none);
  sigfillset(&usual);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  // A session of its own: a terminal's Ctrl-C and hang-up are not for it.
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &usual);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  int error = posix_spawn(process, path.c_str(), &actions, &attributes, arguments.data(), no_environment);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  return error;
}

}  // namespace

void FeatureRestorer::start(int ifindex, uint32_t program, const std::vector<std::string>& features) {
  features_ = features;
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    failure_ = std::string("no socket for it: ") + strerror(errno);
    return;
  }
  end_ = UniqueFd(ends[0]);
  UniqueFd its_end(ends[1]);
  std::string path = program_path();
  std::vector<std::string> words = {path, std::to_string(ifindex), std::to_string(program)};
  words.insert(words.end(), features.begin(), features.end());
  if (int error = spawn(path, words, its_end.get(), &process_)) {
    process_ = -1;
    failure_ = path + ": " + strerror(error);
  } else {
    its_end.reset();
    if (wait_for(end_.get(), kStartPatience) != 1) failure_ = path + " could not keep CAP_NET_ADMIN";
  }
  if (!failure_.empty()) finish();
}

void FeatureRestorer::finish() {
  if (process_ < 0) return;
  shutdown(end_.get(), SHUT_WR);
  bool is_done = wait_for(end_.get(), kFinishPatience) == 0;
  end_.reset();
  // One that does not end is left to itself, and to init.
  waitpid(process_, nullptr, is_done ? 0 : WNOHANG);
  process_ = -1;
}
