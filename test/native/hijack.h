// Makes system calls in a thread of another process, as code would that has taken it over.
#ifndef QUIC_TOP_TEST_HIJACK_H
#define QUIC_TOP_TEST_HIJACK_H

#include <napi.h>

namespace harness {

// systemCallIn(thread, number, arguments): what the call returned, an errno as a negative number. An argument
// is a number, a bigint (64 bits), or bytes, which are put on the thread's stack and passed by their address.
// The thread goes on afterwards as if nothing had been. Throws where it cannot be traced (ptrace(2)).
Napi::Value SystemCallIn(const Napi::CallbackInfo& info);

}  // namespace harness

#endif
