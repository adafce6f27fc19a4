// What the service manager (systemd) is told, when there is one: ready, reloading, stopping, alive.
// One thread.
#pragma once

#include <chrono>
#include <string>

namespace dotmesh {

class Supervisor {
 public:
  Supervisor();
  void ready(const std::string& status);
  void reloading();
  void stopping();
  // Call while everything is well; tells the watchdog when one is set.
  void alive();
  // How often alive() should be called; a second or less.
  std::chrono::milliseconds interval() const { return interval_; }

 private:
  bool watchdog_ = false;
  std::chrono::milliseconds interval_{1000};
};

}  // namespace dotmesh
