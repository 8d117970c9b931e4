// load_programs OBJECT: loads each program of a BPF object by itself, as quic-top would, and prints a line of
// JSON for each: whether this kernel takes it, how many instructions its verifier walked, and what it said
// otherwise. Exit status 1 when one is refused.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bpf/bpf_load.h"
#include "verifier_log.h"

namespace {

using Object = std::unique_ptr<bpf_object, decltype(&bpf_object__close)>;
constexpr size_t kLines = 15;

Object open_object(const char* path) {
  Object object(bpf_object__open_file(path, nullptr), bpf_object__close);
  if (!object) {
    fprintf(stderr, "load_programs: cannot open %s: %s\n", path, strerror(errno));
    exit(2);
  }
  qt_constants& constants = constants_of(object.get());
  adapt_to_kernel(constants);
  constants.tap_other_size = QT_TAP_LEAST;  // all ways to copy a frame are there
  return object;
}

std::string quoted(const std::string& text) {
  std::string json = "\"";
  for (unsigned char c : text) {
    char escaped[8];
    if (c == '"' || c == '\\' || c < 0x20 || c > 0x7e) {
      snprintf(escaped, sizeof(escaped), "\\u%04x", c);
      json += escaped;
    } else {
      json += c;
    }
  }
  return json + "\"";
}

// Of the object only this program is to be loaded.
Object open_with(const char* path, const std::string& name) {
  Object object = open_object(path);
  bpf_program* program;
  bpf_object__for_each_program(program, object.get())
      bpf_program__set_autoload(program, name == bpf_program__name(program));
  return object;
}

// The number of instructions that the verifier walked; nothing when it refuses the program.
std::optional<uint32_t> load(const char* path, const std::string& name) {
  Object object = open_with(path, name);
  std::vector<char> log(verifier_log::kSize);
  bpf_program* program = bpf_object__find_program_by_name(object.get(), name.c_str());
  bpf_program__set_log_level(program, verifier_log::kStatistics);
  bpf_program__set_log_buf(program, log.data(), log.size());
  if (bpf_object__load(object.get())) return std::nullopt;
  return verifier_log::instructions(log.data()).value_or(0);
}

// Why the program is refused. Statistics and this are two different questions to the verifier.
std::string refusal(const char* path, const std::string& name) {
  Object object = open_with(path, name);
  const bpf_program* refused;
  std::string log;
  int error = try_load(object.get(), &refused, &log);
  return log.empty() ? strerror(error) : last_lines(log, kLines);
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    fprintf(stderr, "usage: load_programs OBJECT\n");
    return 2;
  }
  libbpf_set_print(nullptr);
  try {
    std::vector<std::string> names;
    {
      Object object = open_object(arguments[1]);
      bpf_program* program;
      bpf_object__for_each_program(program, object.get()) names.emplace_back(bpf_program__name(program));
    }
    bool all = true;
    for (const std::string& name : names) {
      std::optional<uint32_t> instructions = load(arguments[1], name);
      std::string log = instructions ? "" : refusal(arguments[1], name);
      printf("{\"program\":%s,\"loaded\":%s,\"instructions\":%u,\"log\":%s}\n", quoted(name).c_str(),
             instructions ? "true" : "false", instructions.value_or(0), quoted(log).c_str());
      all = all && instructions;
    }
    return all ? 0 : 1;
  } catch (const std::exception& error) {
    fprintf(stderr, "load_programs: %s\n", error.what());
    return 2;
  }
}
