// Loads our BPF objects with what the running kernel has, and says what it lacks when it refuses one.
#ifndef QUIC_TOP_BPF_LOAD_H
#define QUIC_TOP_BPF_LOAD_H

#include <string>

#include "quic_top_abi.h"

struct bpf_object;
struct bpf_program;

// The constants of an object that is not yet loaded.
qt_constants& constants_of(const bpf_object* object);

// Whether XDP programs can be given frames in several pieces: bpf_xdp_load_bytes came with that (Linux 5.18).
bool has_xdp_frags();

// Sets those constants that depend on the kernel. Asks it, and not its version: distributions backport.
void adapt_to_kernel(qt_constants& constants);

// Adapts and loads the object. Throws CaptureError ("<what> failed: ..."), of which the hint names the feature
// that the kernel lacks, or what its verifier said last. With QUIC_TOP_DEBUG in the environment the end of the
// verifier's log goes to stderr.
void load_object(bpf_object* object, const std::string& what);

// Loads the object; returns 0 or an errno. Then `refused` is the program that the kernel did not take, null
// where it did not come to that, and `log` what the verifier said of it.
int try_load(bpf_object* object, const bpf_program** refused, std::string* log);

// The last `count` lines of a verifier's log that are not its statistics.
std::string last_lines(const std::string& log, size_t count);

#endif
