// tcx, with which tc programs hang on links (Linux 6.6): what libbpf before 1.3 and older headers do not know.
#ifndef QUIC_TOP_TCX_H
#define QUIC_TOP_TCX_H

#include <linux/bpf.h>

#include <cstdint>

constexpr auto kTcxIngress = static_cast<bpf_attach_type>(46);  // BPF_TCX_INGRESS
constexpr auto kTcxEgress = static_cast<bpf_attach_type>(47);   // BPF_TCX_EGRESS
// First in the chain (BPF_F_BEFORE): a program that comes before ours and does not hand on to the next one
// (TCX_NEXT) hides what it decides about.
constexpr uint32_t kTcxBefore = 1u << 3;

#endif
