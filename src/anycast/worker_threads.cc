#include "anycast/worker_threads.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

namespace dotmesh::anycast {
namespace {

constexpr std::string_view kWorkerPrefix = "worker-";  // server/worker.cc
constexpr int kStateField = 3;
constexpr int kUserTimeField = 14;
constexpr int kSystemTimeField = 15;

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

}  // namespace

std::optional<ThreadState> read_thread_state(std::string_view stat) {
  const std::size_t name_end = stat.rfind(')');  // a name may hold spaces and parentheses
  if (name_end == std::string_view::npos) return std::nullopt;
  ThreadState out;
  std::string_view rest = stat.substr(name_end + 1);
  for (int field = kStateField; field <= kSystemTimeField; field++) {
    const std::size_t begin = rest.find_first_not_of(' ');
    if (begin == std::string_view::npos) return std::nullopt;
    rest.remove_prefix(begin);
    const std::string_view word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(word.size());
    if (field == kStateField) out.state = word.front();
    if (field < kUserTimeField) continue;
    const auto ticks = number(word);
    if (!ticks) return std::nullopt;
    out.ticks += *ticks;
  }
  return out;
}

bool waits_for_processor(const ThreadState& now, std::uint64_t ticks,
                         Clock::Monotonic::duration tick, Clock::Monotonic::duration time) {
  const bool would_run = now.state == 'R' || now.state == 'D';
  return would_run && 2 * static_cast<std::int64_t>(ticks) * tick < time;
}

std::vector<Descriptor> open_worker_states() {
  std::map<std::uint64_t, Descriptor> found;
  std::error_code error;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task", error)) {
    std::string name;
    std::getline(std::ifstream(task.path() / "comm"), name);
    if (!name.starts_with(kWorkerPrefix)) continue;
    const auto index = number(std::string_view(name).substr(kWorkerPrefix.size()));
    if (!index || *index >= kMaxThreadsShown) continue;
    Descriptor file(::open((task.path() / "stat").c_str(), O_RDONLY | O_CLOEXEC));
    if (file.valid()) found[*index] = std::move(file);
  }
  std::vector<Descriptor> out;
  for (auto& [index, file] : found) {
    if (index == out.size()) out.push_back(std::move(file));
  }
  return out;
}

std::vector<ThreadState> read_thread_states(const std::vector<Descriptor>& files) {
  std::vector<ThreadState> out;
  for (const Descriptor& file : files) {
    char text[1024];
    const ssize_t got = ::pread(file.get(), text, sizeof text, 0);
    const auto state = got > 0 ? read_thread_state({text, static_cast<std::size_t>(got)})
                               : std::optional<ThreadState>();
    out.push_back(state.value_or(ThreadState{}));
  }
  return out;
}

Clock::Monotonic::duration processor_tick() {
  return std::chrono::seconds(1) / std::max(::sysconf(_SC_CLK_TCK), 1L);
}

bool WorkerThreads::wait(std::vector<ThreadState> states, Clock::Monotonic now) {
  if (began_ == Clock::Monotonic{} || now - last_ > kTogether || states.size() != first_.size()) {
    began_ = now;
    first_ = states;
  }
  last_ = now;
  // A moment more, for the first look has nothing before it.
  const auto time = std::max(now - began_, Clock::Monotonic::duration(1));
  for (std::size_t i = 0; i < states.size(); i++) {
    if (waits_for_processor(states[i], states[i].ticks - first_[i].ticks, tick_, time)) return true;
  }
  return false;
}

}  // namespace dotmesh::anycast
