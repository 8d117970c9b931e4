#include "js_system.h"

#include <optional>
#include <string>

#include "js_error.h"
#include "privileges.h"

namespace {

Napi::Value js_find_user(const Napi::CallbackInfo& info) {
  std::optional<User> user = find_user(info[0].As<Napi::String>());
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
        {user.Get("uid").As<Napi::Number>().Uint32Value(), user.Get("gid").As<Napi::Number>().Uint32Value()});
  });
}

}  // namespace

void define_system(Napi::Env env, Napi::Object exports) {
  exports.Set("findUser", Napi::Function::New<js_find_user>(env, "findUser"));
  exports.Set("dropPrivileges", Napi::Function::New<js_drop_privileges>(env, "dropPrivileges"));
}
