#include "js/js_system.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "bpf/bpf_info.h"
#include "bpf/capture_programs.h"
#include "bpf/tcx.h"
#include "host/ethtool.h"
#include "host/links.h"
#include "host/own_addresses.h"
#include "host/privileges.h"
#include "host/sandbox.h"
#include "host/tc_filters.h"
#include "host/udp_sockets.h"
#include "js/js_error.h"

namespace {

Napi::Value js_find_user(const Napi::CallbackInfo& info) {
  std::optional<User> user = find_user(bytes_of(info[0]));
  if (!user) return info.Env().Null();
  auto object = Napi::Object::New(info.Env());
  object.Set("uid", Napi::Number::New(info.Env(), user->uid));
  object.Set("gid", Napi::Number::New(info.Env(), user->gid));
  return object;
}

void js_drop_privileges(const Napi::CallbackInfo& info) {
  guard(info.Env(), [&] {
    auto user = info[0].As<Napi::Object>();
    drop_privileges(
        {user.Get("uid").As<Napi::Number>().Uint32Value(), user.Get("gid").As<Napi::Number>().Uint32Value()},
        info[1].As<Napi::Boolean>());
  });
}

void js_enter_sandbox(const Napi::CallbackInfo& info) {
  guard(info.Env(), [&] {
    auto needs = info[0].As<Napi::Object>();
    enter_sandbox({all_bytes_of(needs.Get("writable")), all_bytes_of(needs.Get("removable")),
                   needs.Get("writesMaps").As<Napi::Boolean>(), needs.Get("asksSockets").As<Napi::Boolean>()});
  });
}

Napi::Value js_sandbox_support(const Napi::CallbackInfo& info) {
  SandboxSupport support = sandbox_support();
  auto object = Napi::Object::New(info.Env());
  object.Set("seccomp", Napi::Boolean::New(info.Env(), support.seccomp));
  object.Set("landlock", support.landlock);
  return object;
}

Napi::Value js_links(const Napi::CallbackInfo& info) {
  return guard(info.Env(), [&] {
    Napi::Env env = info.Env();
    std::vector<Link> links = list_links();
    auto array = Napi::Array::New(env, links.size());
    for (uint32_t i = 0; i < links.size(); i++) {
      const Link& link = links[i];
      auto object = Napi::Object::New(env);
      object.Set("index", link.index);
      object.Set("name", text_of(env, link.name));
      object.Set("kind", link.kind);
      object.Set("up", Napi::Boolean::New(env, link.up));
      object.Set("loopback", Napi::Boolean::New(env, link.loopback));
      object.Set("linkType", link.link_type);
      object.Set("mtu", link.mtu);
      object.Set("master", link.master);
      object.Set("lower", link.lower);
      object.Set("program", link.program);
      object.Set("native", Napi::Boolean::New(env, link.native));
      object.Set("statistics", to_value(env, link.statistics));
      array.Set(i, object);
    }
    return array;
  });
}

Napi::Value js_addresses(const Napi::CallbackInfo& info) {
  return guard(info.Env(),
               [&] { return Napi::Number::New(info.Env(), count_addresses(info[0].As<Napi::Number>())); });
}

Napi::Value js_own_addresses(const Napi::CallbackInfo& info) {
  return guard(info.Env(), [&] {
    auto array = Napi::Array::New(info.Env());
    for (const std::string& address : own_addresses()) array.Set(array.Length(), address);
    return array;
  });
}

Napi::Value js_udp_sockets(const Napi::CallbackInfo& info) {
  return guard(info.Env(), [&] {
    std::vector<UdpSocket> sockets = udp_sockets();
    auto numbers = Napi::BigUint64Array::New(info.Env(), 3 * sockets.size());
    size_t i = 0;
    for (const UdpSocket& each : sockets)
      for (uint64_t number : {each.cookie, uint64_t{each.inode}, uint64_t{each.port}}) numbers[i++] = number;
    return numbers;
  });
}

Napi::Value js_other_addresses(const Napi::CallbackInfo& info) {
  return guard(info.Env(), [&] {
    auto array = Napi::Array::New(info.Env());
    for (const std::string& address : other_addresses(info[0].As<Napi::Number>()))
      array.Set(array.Length(), address);
    return array;
  });
}

Napi::Value js_xdp_features(const Napi::CallbackInfo& info) {
  std::optional<uint64_t> features = xdp_features(info[0].As<Napi::Number>());
  return features ? Napi::Number::New(info.Env(), *features) : info.Env().Null();
}

Napi::Value js_device(const Napi::CallbackInfo& info) {
  return guard(info.Env(), [&] {
    Napi::Env env = info.Env();
    Ethtool ethtool(bytes_of(info[0]));
    auto features = Napi::Array::New(env);
    for (const Feature& each : ethtool.features()) {
      if (!each.active) continue;
      auto feature = Napi::Object::New(env);
      feature.Set("name", each.name);
      feature.Set("fixed", each.fixed);
      features.Set(features.Length(), feature);
    }
    auto object = Napi::Object::New(env);
    object.Set("driver", ethtool.driver());
    Channels channels = ethtool.channels();
    object.Set("rxQueues", channels.rx_queues());
    object.Set("mostRxQueues", channels.most_rx_queues());
    object.Set("pageSize", Napi::Number::New(env, sysconf(_SC_PAGESIZE)));
    object.Set("features", features);
    return object;
  });
}

Napi::Value js_driver_statistics(const Napi::CallbackInfo& info) {
  return guard(info.Env(), [&] {
    auto array = Napi::Array::New(info.Env());
    for (const auto& [name, value] : Ethtool(bytes_of(info[0])).statistics()) {
      auto object = Napi::Object::New(info.Env());
      object.Set("name", name);
      object.Set("value", Napi::Number::New(info.Env(), value));
      array.Set(array.Length(), object);
    }
    return array;
  });
}

Napi::Value js_program_info(const Napi::CallbackInfo& info) {
  return guard(info.Env(), [&] {
    BpfProgramInfo program = bpf_program_info(info[0].As<Napi::Number>());
    auto object = Napi::Object::New(info.Env());
    object.Set("name", program.name);
    object.Set("description", describe(program));
    return object;
  });
}

// Loads the program that sees what arrives, or looks at the XDP program that is attached, and lets go of it
// again.
void js_try_program(const Napi::CallbackInfo& info) {
  guard(info.Env(), [&] {
    std::string name = bytes_of(info[0]);
    Hook hook = info[1].As<Napi::Boolean>() ? Hook::kXdpNative : Hook::kSocket;
    CapturePrograms(Interface(name), {hook, Egress::kNone});
  });
}

// The name of an error number, null for 0.
Napi::Value error_name(Napi::Env env, int error_number) {
  if (error_number == 0) return env.Null();
  const char* name = strerrorname_np(error_number);
  return Napi::String::New(env, name ? name : std::to_string(error_number));
}
Napi::Value js_link_file(const Napi::CallbackInfo& info) {
  std::string opened = "/proc/self/fd/" + std::to_string(info[0].As<Napi::Number>().Int32Value());
  std::string path = bytes_of(info[1]);
  int result = linkat(AT_FDCWD, opened.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW);
  return error_name(info.Env(), result < 0 ? errno : 0);
}

Napi::Value js_bpf_refusal(const Napi::CallbackInfo& info) { return error_name(info.Env(), bpf_refusal()); }
Napi::Value js_af_xdp_refusal(const Napi::CallbackInfo& info) {
  return error_name(info.Env(), af_xdp_refusal());
}
Napi::Value js_tcx_refusal(const Napi::CallbackInfo& info) {
  std::vector<uint32_t> ids;
  return error_name(info.Env(), tcx_programs(info[0].As<Napi::Number>(), kTcxEgress, &ids));
}

Napi::Value js_tcx_programs(const Napi::CallbackInfo& info) {
  std::vector<uint32_t> ids;
  if (tcx_programs(info[0].As<Napi::Number>(), info[1].As<Napi::Boolean>() ? kTcxEgress : kTcxIngress, &ids) !=
      0)
    return info.Env().Null();
  auto array = Napi::Array::New(info.Env());
  for (uint32_t id : ids) array.Set(array.Length(), id);
  return array;
}

Napi::Value js_tc_filters(const Napi::CallbackInfo& info) {
  return guard(info.Env(), [&] {
    auto array = Napi::Array::New(info.Env());
    for (const TcFilter& filter : tc_filters(info[0].As<Napi::Number>(), info[1].As<Napi::Boolean>())) {
      auto object = Napi::Object::New(info.Env());
      object.Set("kind", filter.kind);
      object.Set("program", filter.program);
      array.Set(array.Length(), object);
    }
    return array;
  });
}

}  // namespace

Napi::Object to_value(Napi::Env env, const LinkStatistics& statistics) {
  auto object = Napi::Object::New(env);
  object.Set("rx_dropped", Napi::Number::New(env, statistics.rx_dropped));
  object.Set("rx_missed_errors", Napi::Number::New(env, statistics.rx_missed_errors));
  object.Set("rx_fifo_errors", Napi::Number::New(env, statistics.rx_fifo_errors));
  object.Set("rx_over_errors", Napi::Number::New(env, statistics.rx_over_errors));
  return object;
}

void define_system(Napi::Env env, Napi::Object exports) {
  exports.Set("findUser", Napi::Function::New<js_find_user>(env, "findUser"));
  exports.Set("enterSandbox", Napi::Function::New<js_enter_sandbox>(env, "enterSandbox"));
  exports.Set("sandboxSupport", Napi::Function::New<js_sandbox_support>(env, "sandboxSupport"));
  exports.Set("dropPrivileges", Napi::Function::New<js_drop_privileges>(env, "dropPrivileges"));
  exports.Set("links", Napi::Function::New<js_links>(env, "links"));
  exports.Set("addresses", Napi::Function::New<js_addresses>(env, "addresses"));
  exports.Set("ownAddresses", Napi::Function::New<js_own_addresses>(env, "ownAddresses"));
  exports.Set("udpSockets", Napi::Function::New<js_udp_sockets>(env, "udpSockets"));
  exports.Set("otherAddresses", Napi::Function::New<js_other_addresses>(env, "otherAddresses"));
  exports.Set("linkFile", Napi::Function::New<js_link_file>(env, "linkFile"));
  exports.Set("xdpFeatures", Napi::Function::New<js_xdp_features>(env, "xdpFeatures"));
  exports.Set("device", Napi::Function::New<js_device>(env, "device"));
  exports.Set("driverStatistics", Napi::Function::New<js_driver_statistics>(env, "driverStatistics"));
  exports.Set("programInfo", Napi::Function::New<js_program_info>(env, "programInfo"));
  exports.Set("tryProgram", Napi::Function::New<js_try_program>(env, "tryProgram"));
  exports.Set("bpfRefusal", Napi::Function::New<js_bpf_refusal>(env, "bpfRefusal"));
  exports.Set("afXdpRefusal", Napi::Function::New<js_af_xdp_refusal>(env, "afXdpRefusal"));
  exports.Set("tcxRefusal", Napi::Function::New<js_tcx_refusal>(env, "tcxRefusal"));
  exports.Set("tcxPrograms", Napi::Function::New<js_tcx_programs>(env, "tcxPrograms"));
  exports.Set("tcFilters", Napi::Function::New<js_tc_filters>(env, "tcFilters"));
}
