#include "bpf/program_config.h"

#include <unistd.h>

#include <cstring>

#include "util/clock.h"

namespace {

size_t page_round(size_t size) {
  size_t page = sysconf(_SC_PAGESIZE);
  return (size + page - 1) / page * page;
}

}  // namespace

ProgramConfig::ProgramConfig(int map)
    : memory_("the program's configuration", page_round(sizeof(qt_config)), PROT_READ | PROT_WRITE, MAP_SHARED,
              map) {}

void ProgramConfig::take_over(uint32_t ifindex) {
  taken_over_ = true;
  set_mode(QT_MODE_IDLE);
  config()->ifindex = ifindex;
  memset(config()->servers, 0, sizeof(config()->servers));
  if (!config()->borrowed) {
    memcpy(config()->owner_ports, config()->ports, sizeof(config()->ports));
    config()->borrowed = 1;
  }
}

void ProgramConfig::give_back() {
  if (!taken_over_) return;  // it may be that of another process
  taken_over_ = false;
  set_mode(QT_MODE_IDLE);
  set_budget(0);
  set_short({QT_SHORT_COUNT});
  config()->ifindex = 0;
  memset(config()->servers, 0, sizeof(config()->servers));
  memcpy(config()->ports, config()->owner_ports, sizeof(config()->ports));
  config()->borrowed = 0;
}

void ProgramConfig::set_mode(qt_mode mode) {
  __atomic_store_n(&config()->mode, uint32_t(mode), __ATOMIC_RELEASE);
}

void ProgramConfig::set_budget(uint32_t packets) {
  uint64_t interval = packets > 0 ? kSecond / packets : 0;
  __atomic_store_n(&config()->budget_interval, interval, __ATOMIC_RELAXED);
}

void ProgramConfig::set_ports(const std::vector<uint16_t>& ports) {
  uint64_t words[QT_PORT_WORDS] = {};
  for (uint16_t port : ports) words[port / 64] |= uint64_t{1} << (port % 64);
  for (uint32_t i = 0; i < QT_PORT_WORDS; i++)
    __atomic_store_n(&config()->ports[i], words[i], __ATOMIC_RELAXED);
}

void ProgramConfig::set_short(const ShortHeaders& how) {
  __atomic_store_n(&config()->short_mode, uint32_t(how.mode), __ATOMIC_RELAXED);
  __atomic_store_n(&config()->sample, how.sample, __ATOMIC_RELAXED);
  __atomic_store_n(&config()->divert_short, uint32_t(how.divert), __ATOMIC_RELAXED);
}
