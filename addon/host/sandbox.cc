#include "host/sandbox.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <memory>

#include "host/every_thread.h"
#include "host/kernel_socket.h"
#include "host/packet_socket.h"
#include "util/capture_error.h"
#include "util/unique_fd.h"

namespace {

constexpr char kHint[] = "do without it: --no-sandbox";

// --- seccomp: what is refused, with EPERM. All else is allowed, because Node's own needs change with its
// version.

// Whole calls.
constexpr int kRefused[] = {
    // To start a program, or another process.
    SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(fork), SCMP_SYS(vfork),
    // To reach into another process.
    SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev), SCMP_SYS(process_madvise),
    SCMP_SYS(pidfd_open), SCMP_SYS(pidfd_getfd), SCMP_SYS(pidfd_send_signal), SCMP_SYS(kcmp), SCMP_SYS(tkill),
    SCMP_SYS(rt_sigqueueinfo), SCMP_SYS(rt_tgsigqueueinfo), SCMP_SYS(migrate_pages), SCMP_SYS(move_pages),
    // To talk to anybody: sockets that are open are written to by write(2), which a packet socket's number is
    // not for.
    SCMP_SYS(socket), SCMP_SYS(socketpair), SCMP_SYS(bind), SCMP_SYS(connect), SCMP_SYS(listen),
    SCMP_SYS(accept), SCMP_SYS(accept4), SCMP_SYS(sendto), SCMP_SYS(sendmsg), SCMP_SYS(sendmmsg),
    SCMP_SYS(setsockopt), SCMP_SYS(sendfile), SCMP_SYS(splice), SCMP_SYS(tee), SCMP_SYS(vmsplice),
    // To do any of it behind seccomp's back.
    SCMP_SYS(io_uring_setup), SCMP_SYS(io_uring_register),
    // Parts of the kernel that nothing here needs, and that holes were found in.
    SCMP_SYS(perf_event_open), SCMP_SYS(userfaultfd), SCMP_SYS(keyctl), SCMP_SYS(add_key),
    SCMP_SYS(request_key), SCMP_SYS(personality), SCMP_SYS(modify_ldt), SCMP_SYS(unshare), SCMP_SYS(setns),
    SCMP_SYS(chroot), SCMP_SYS(pivot_root), SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(open_tree),
    SCMP_SYS(move_mount), SCMP_SYS(fsopen), SCMP_SYS(fsconfig), SCMP_SYS(fsmount), SCMP_SYS(fspick),
    SCMP_SYS(mount_setattr), SCMP_SYS(fanotify_init), SCMP_SYS(name_to_handle_at), SCMP_SYS(open_by_handle_at),
    SCMP_SYS(quotactl), SCMP_SYS(acct), SCMP_SYS(syslog), SCMP_SYS(swapon), SCMP_SYS(swapoff), SCMP_SYS(reboot),
    SCMP_SYS(kexec_load), SCMP_SYS(kexec_file_load), SCMP_SYS(init_module), SCMP_SYS(finit_module),
    SCMP_SYS(delete_module), SCMP_SYS(settimeofday), SCMP_SYS(clock_settime), SCMP_SYS(clock_adjtime),
    SCMP_SYS(adjtimex), SCMP_SYS(sethostname), SCMP_SYS(setdomainname), SCMP_SYS(iopl), SCMP_SYS(ioperm)};

// Calls on a packet socket: to send by it, and to give it another number.
constexpr int kRefusedOnPacketSockets[] = {SCMP_SYS(write),   SCMP_SYS(writev),   SCMP_SYS(pwrite64),
                                           SCMP_SYS(pwritev), SCMP_SYS(pwritev2), SCMP_SYS(dup),
                                           SCMP_SYS(dup2),    SCMP_SYS(dup3),     SCMP_SYS(fcntl)};

// To type for whoever owns the terminal.
constexpr uint32_t kRefusedIoctls[] = {TIOCSTI, TIOCLINUX};

// Commands of bpf(2) that stay.
constexpr uint32_t kBpfCommands[] = {BPF_MAP_LOOKUP_ELEM, BPF_MAP_LOOKUP_BATCH, BPF_OBJ_GET_INFO_BY_FD};
constexpr uint32_t kBpfCommandMask = 63;  // there are fewer

// The kernel takes 32 bits of an argument that is an int: the others are no way around a rule.
scmp_arg_cmp argument_is(unsigned index, uint32_t value, uint32_t mask = UINT32_MAX) {
  return {index, SCMP_CMP_MASKED_EQ, mask, value};
}

class Seccomp {
 public:
  Seccomp() : context_(seccomp_init(SCMP_ACT_ALLOW), seccomp_release) {
    if (!context_) throw CaptureError("ENOMEM", "make the seccomp filter failed", kHint);
    // The threads that there are take it, too. What libseccomp would set, no_new_privs, is set.
    check(seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_TSYNC, 1));
    check(seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_NNP, 0));
    // Calls that are made often shall not wait for a comparison with all others.
    seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
  }
  void refuse(int call, std::vector<scmp_arg_cmp> where = {}, int error = EPERM) {
    check(seccomp_rule_add_array(context_.get(), SCMP_ACT_ERRNO(error), call, where.size(), where.data()));
  }
  void load() { check(seccomp_load(context_.get())); }

 private:
  static void check(int result) {
    // EDOM: this architecture has no such call.
    if (result != 0 && result != -EDOM) throw system_error("confine this process by seccomp", -result, kHint);
  }
  std::unique_ptr<void, decltype(&seccomp_release)> context_;
};

void refuse_bpf(Seccomp& seccomp, bool writes_maps) {
  for (uint32_t command = 0; command <= kBpfCommandMask; command++) {
    bool stays = std::find(std::begin(kBpfCommands), std::end(kBpfCommands), command) != std::end(kBpfCommands);
    if (command == BPF_MAP_UPDATE_BATCH) stays = writes_maps;
    if (!stays) seccomp.refuse(SCMP_SYS(bpf), {argument_is(0, command)});
  }
  for (uint32_t bit = kBpfCommandMask + 1; bit != 0; bit <<= 1)
    seccomp.refuse(SCMP_SYS(bpf), {argument_is(0, bit, bit)});
}

// libuv makes a ring of io_uring when it starts, unless it is told not to (src/cli.ts, first line), and ends
// the process where it can use it no more: Debian's Node.
bool has_io_uring() {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", error)) {
    std::error_code gone;
    if (std::filesystem::read_symlink(entry.path(), gone) == "anon_inode:[io_uring]") return true;
  }
  return static_cast<bool>(error);
}

// To anybody but this process; its process group can be stopped, as Ctrl-Z does. A rule compares an argument
// once, so that it is another number is said bit by bit: the first that differs refuses.
void refuse_signals(Seccomp& seccomp, uint32_t self) {
  for (uint32_t bit = 1; bit != 0; bit <<= 1) {
    seccomp.refuse(SCMP_SYS(tgkill), {argument_is(0, ~self & bit, bit)});
    if ((self & bit) == 0) seccomp.refuse(SCMP_SYS(kill), {argument_is(0, bit, bit)});
  }
  // Left are numbers of some of its own bits: where each brings the next one, there are all or none.
  for (uint32_t bit = self & -self; bit != 0;) {
    uint32_t higher = self & ~(bit | (bit - 1));
    uint32_t next = higher ? higher & -higher : self & -self;
    if (next != bit) seccomp.refuse(SCMP_SYS(kill), {argument_is(0, bit, bit | next)});
    bit = higher & -higher;
  }
  seccomp.refuse(SCMP_SYS(kill), {argument_is(0, 0), {1, SCMP_CMP_NE, SIGTSTP, 0}});
}

void enter_seccomp(bool writes_maps) {
  Seccomp seccomp;
  for (int call : kRefused) seccomp.refuse(call);
  if (!has_io_uring()) seccomp.refuse(SCMP_SYS(io_uring_enter));
  for (int call : kRefusedOnPacketSockets) {
    uint32_t mask = ~uint32_t{packet_socket::kCount - 1};
    seccomp.refuse(call, {argument_is(0, packet_socket::kFirst, mask)});
  }
  for (uint32_t request : kRefusedIoctls) seccomp.refuse(SCMP_SYS(ioctl), {argument_is(1, request)});
  refuse_bpf(seccomp, writes_maps);
  // Threads are made by clone(2). What clone3(2) asks for stands in memory, which seccomp cannot see: the C
  // library takes clone(2) where there is no clone3(2).
  seccomp.refuse(SCMP_SYS(clone), {argument_is(0, 0, CLONE_THREAD)});
  seccomp.refuse(SCMP_SYS(clone3), {}, ENOSYS);
  refuse_signals(seccomp, getpid());
  seccomp.load();
}

// --- Landlock: what files can be reached by their names. Those that are open stay as they are.

// Rights by the version of the ABI that brought them: headers may be older.
constexpr uint64_t kReferRight = 1u << 13;     // 2
constexpr uint64_t kTruncateRight = 1u << 14;  // 3
constexpr uint64_t kIoctlRight = 1u << 15;     // 5
constexpr uint64_t kFirstRights = kReferRight - 1;

uint64_t rights_of(int version) {
  return kFirstRights | (version >= 2 ? kReferRight : 0) | (version >= 3 ? kTruncateRight : 0) |
         (version >= 5 ? kIoctlRight : 0);
}

constexpr uint64_t kReadFile = LANDLOCK_ACCESS_FS_READ_FILE;
constexpr uint64_t kRead = kReadFile | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr uint64_t kRemove = LANDLOCK_ACCESS_FS_REMOVE_FILE;
constexpr uint64_t kWrite =
    kRemove | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_WRITE_FILE | kTruncateRight;

int landlock_version() {
  long version = syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  return version > 0 ? static_cast<int>(version) : 0;
}

int ruleset = -1;

int restrict_this_thread() { return syscall(SYS_landlock_restrict_self, ruleset, 0) == 0 ? 0 : errno; }

// A file that is not there, or that this user may not look at, needs no rule.
void allow(const std::string& path, uint64_t rights) {
  UniqueFd parent(open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!parent) return;
  landlock_path_beneath_attr rule = {rights, parent.get()};
  if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
    throw system_error("let Landlock allow " + path, errno, kHint);
}

void enter_landlock(int version, const SandboxNeeds& needs) {
  landlock_ruleset_attr handled = {rights_of(version)};
  UniqueFd fd(syscall(SYS_landlock_create_ruleset, &handled, sizeof(handled.handled_access_fs), 0));
  if (!fd) throw system_error("confine this process by Landlock", errno, kHint);
  ruleset = fd.get();
  // What Node and this project read of the kernel, and Node for local time.
  for (const char* folder : {"/proc", "/sys", "/usr/share/zoneinfo"}) allow(folder, kRead);
  allow("/etc/localtime", kReadFile);
  for (const std::string& folder : needs.writable) allow(folder, kWrite & rights_of(version));
  for (const std::string& folder : needs.removable) allow(folder, kRemove);
  in_every_thread(restrict_this_thread, "confine this process by Landlock", kHint);
}

}  // namespace

SandboxSupport sandbox_support() {
  // A filter at no address: EFAULT is the answer of a kernel that would look at it.
  bool seccomp = prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, nullptr, 0, 0) != 0 && errno == EFAULT;
  return {seccomp, landlock_version()};
}

void enter_sandbox(const SandboxNeeds& needs) {
  SandboxSupport support = sandbox_support();
  KernelSocket::keep(NETLINK_ROUTE);
  if (needs.asks_sockets) KernelSocket::keep(NETLINK_SOCK_DIAG);
  if (support.landlock > 0) enter_landlock(support.landlock, needs);
  if (support.seccomp) enter_seccomp(needs.writes_maps);
}
