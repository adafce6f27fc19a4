#include "daemon/supervisor.h"

#include <fmt/format.h>
#include <systemd/sd-daemon.h>

#include <algorithm>
#include <ctime>

namespace dotmesh {

Supervisor::Supervisor() {
  std::uint64_t limit_us = 0;
  watchdog_ = ::sd_watchdog_enabled(0, &limit_us) > 0;
  // A third of the limit leaves room for one that comes late.
  if (watchdog_) {
    interval_ = std::clamp(std::chrono::milliseconds(limit_us / 3000), std::chrono::milliseconds(10), interval_);
  }
}

void Supervisor::ready(const std::string& status) {
  ::sd_notify(0, fmt::format("READY=1\nSTATUS={}", status).c_str());
}

void Supervisor::reloading() {
  timespec now;
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  const std::uint64_t microseconds = static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 +
                                     static_cast<std::uint64_t>(now.tv_nsec) / 1000;
  ::sd_notify(0, fmt::format("RELOADING=1\nMONOTONIC_USEC={}", microseconds).c_str());
}

void Supervisor::stopping() { ::sd_notify(0, "STOPPING=1"); }

void Supervisor::alive() {
  if (watchdog_) ::sd_notify(0, "WATCHDOG=1");
}

}  // namespace dotmesh
