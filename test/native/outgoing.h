// What tests need to make frames leave an interface as only some hosts do, and to see who looks at them.
#pragma once

#include <napi.h>

namespace harness {

// sendSegments(address, port, payload, size): one sendmsg() of UDP GSO from an IPv4 socket.
void SendSegments(const Napi::CallbackInfo& info);

// pushVlan(ifindex, id): tags what leaves, before any other program there sees it, until closeLink(descriptor)
// of what it returns.
Napi::Value PushVlan(const Napi::CallbackInfo& info);
// endChain(ifindex, verdict): first in the chain of tc programs for what arrives, one that hands on to no
// other, until closeLink(descriptor) of what it returns. The verdict is one of TC_ACT_... (linux/pkt_cls.h);
// what is redirected leaves by the interface again.
Napi::Value EndChain(const Napi::CallbackInfo& info);
void CloseLink(const Napi::CallbackInfo& info);

// countTcPrograms(interface, path of its network namespace): how many are attached there by tcx, for what
// arrives and for what leaves. Without a path it is the namespace of the caller.
Napi::Value CountTcPrograms(const Napi::CallbackInfo& info);

}  // namespace harness
