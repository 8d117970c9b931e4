#include "hijack.h"

#include <elf.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

namespace harness {

namespace {

constexpr uint64_t kBelowStack = 1 << 14;  // what the thread itself uses is above
constexpr uint8_t kSyscall[] = {0x0f, 0x05};

class Tracee {
 public:
  Tracee(Napi::Env env, pid_t thread) : env_(env), thread_(thread) {}

  void stop() {
    check(ptrace(PTRACE_SEIZE, thread_, nullptr, nullptr), "seize the thread");
    attached_ = true;
    check(ptrace(PTRACE_INTERRUPT, thread_, nullptr, nullptr), "interrupt the thread");
    wait();
    check(ptrace(PTRACE_GETREGS, thread_, nullptr, &before_), "read the registers");
    // Somewhere in the C library; the thread most likely waits in a system call, and has just passed one.
    where_ = before_.rip - sizeof(kSyscall);
    uint8_t code[sizeof(kSyscall)];
    read(where_, code, sizeof(code));
    if (memcmp(code, kSyscall, sizeof(code)) != 0)
      throw Napi::Error::New(env_, "the thread is in no system call");
  }

  // The kernel goes on with the system call that was interrupted as it does after any signal.
  ~Tracee() {
    if (!attached_) return;
    ptrace(PTRACE_SETREGS, thread_, nullptr, &before_);
    ptrace(PTRACE_DETACH, thread_, nullptr, nullptr);
  }

  uint64_t put(const uint8_t* bytes, size_t size) {
    next_ = (next_ == 0 ? before_.rsp - kBelowStack : next_) & ~uint64_t{15};
    uint64_t address = next_ -= (size + 15) & ~size_t{15};
    iovec here = {const_cast<uint8_t*>(bytes), size}, there = {reinterpret_cast<void*>(address), size};
    check(process_vm_writev(thread_, &here, 1, &there, 1, 0), "write to the thread's stack");
    return address;
  }

  int64_t call(uint64_t number, const uint64_t (&arguments)[6]) {
    user_regs_struct registers = before_;
    registers.rip = where_;
    registers.rax = number;
    registers.orig_rax = -1;  // nothing to be restarted now
    registers.rdi = arguments[0];
    registers.rsi = arguments[1];
    registers.rdx = arguments[2];
    registers.r10 = arguments[3];
    registers.r8 = arguments[4];
    registers.r9 = arguments[5];
    check(ptrace(PTRACE_SETREGS, thread_, nullptr, &registers), "set the registers");
    check(ptrace(PTRACE_SINGLESTEP, thread_, nullptr, nullptr), "step");
    wait();
    check(ptrace(PTRACE_GETREGS, thread_, nullptr, &registers), "read the result");
    return static_cast<int64_t>(registers.rax);
  }

 private:
  void check(long result, const char* what) {
    if (result < 0) throw Napi::Error::New(env_, std::string(what) + ": " + strerror(errno));
  }
  void wait() { check(waitpid(thread_, nullptr, __WALL), "wait for the thread"); }
  void read(uint64_t address, uint8_t* bytes, size_t size) {
    iovec here = {bytes, size}, there = {reinterpret_cast<void*>(address), size};
    check(process_vm_readv(thread_, &here, 1, &there, 1, 0), "read the thread's code");
  }

  Napi::Env env_;
  pid_t thread_;
  bool attached_ = false;
  user_regs_struct before_ = {};
  uint64_t where_ = 0, next_ = 0;
};

}  // namespace

Napi::Value SystemCallIn(const Napi::CallbackInfo& info) {
  Tracee tracee(info.Env(), info[0].As<Napi::Number>().Int32Value());
  tracee.stop();
  uint64_t arguments[6] = {};
  auto given = info[2].As<Napi::Array>();
  for (uint32_t i = 0; i < given.Length() && i < 6; i++) {
    Napi::Value value = given.Get(i);
    if (value.IsTypedArray()) {
      auto bytes = value.As<Napi::Uint8Array>();
      arguments[i] = tracee.put(bytes.Data(), bytes.ByteLength());
    } else if (value.IsBigInt()) {
      bool lossless;
      arguments[i] = value.As<Napi::BigInt>().Uint64Value(&lossless);
    } else {
      arguments[i] = static_cast<uint64_t>(value.As<Napi::Number>().Int64Value());
    }
  }
  return Napi::Number::New(info.Env(), tracee.call(info[1].As<Napi::Number>().Uint32Value(), arguments));
}

}  // namespace harness
