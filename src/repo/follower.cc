#include "repo/follower.h"

#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <random>
#include <utility>

namespace dotmesh {
namespace {

using std::chrono::milliseconds;

// An editor or `rsync` writes several files: wait until nothing has changed for this long, but not for
// ever.
constexpr milliseconds kSettle{100};
constexpr milliseconds kMaxSettle{2000};
// How often to look whether workers have let go of a replaced generation.
constexpr milliseconds kCollectEvery{100};
// Below the workers, as a batch job.
constexpr int kNice = 10;

}  // namespace

milliseconds next_delay(milliseconds interval, std::uint32_t failures, std::uint32_t random) {
  milliseconds delay = interval;
  if (failures > 0) {
    constexpr std::uint32_t kMaxDoublings = 20;
    delay = std::min(interval, milliseconds(1000) * (1 << std::min(failures - 1, kMaxDoublings)));
  }
  const std::int64_t tenth = delay.count() / 10;
  return delay + milliseconds(static_cast<std::int64_t>(random) % (2 * tenth + 1) - tenth);
}

Follower::Follower(Source& source, Updater& updater, Snapshot<Generation>& published,
                   milliseconds interval, std::function<void()> on_publish, std::function<void()> after_publish)
    : source_(source),
      updater_(updater),
      published_(published),
      interval_(interval),
      on_publish_(std::move(on_publish)),
      after_publish_(std::move(after_publish)),
      wake_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

Follower::~Follower() {
  stop();
  ::close(wake_fd_);
}

void Follower::start() {
  thread_ = std::thread([this] { run(); });
}

void Follower::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  source_.interrupt();
  wake();
  if (thread_.joinable()) thread_.join();
}

void Follower::wake() {
  const std::uint64_t one = 1;
  [[maybe_unused]] auto written = ::write(wake_fd_, &one, sizeof one);
}

RefreshOutcome Follower::refresh() {
  std::future<RefreshOutcome> outcome;
  {
    std::lock_guard lock(mutex_);
    if (stopping_) return {};
    outcome = waiting_.emplace_back().get_future();
  }
  wake();
  return outcome.get();
}

bool Follower::wait_until_settled(milliseconds limit) {
  std::unique_lock lock(mutex_);
  return settled_changed_.wait_for(lock, limit, [&] { return settled_; });
}

void Follower::mark_settled() {
  std::lock_guard lock(mutex_);
  settled_ = true;
  settled_changed_.notify_all();
}

void Follower::note_published() {
  held_ = 1;
  published_anew_ = true;
  if (on_publish_) on_publish_();
}

void Follower::run() {
  ::pthread_setname_np(::pthread_self(), "follower");
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice);  // on Linux: of this thread
  std::minstd_rand random(std::random_device{}());
  updater_.boot();
  if (published_.current()) {
    note_published();
    mark_settled();
  }
  while (true) {
    std::vector<std::promise<RefreshOutcome>> waiting;
    {
      std::lock_guard lock(mutex_);
      if (stopping_) break;
      waiting.swap(waiting_);
    }
    source_.drain_changes();
    const RefreshOutcome outcome = updater_.refresh(/*again=*/!waiting.empty());
    if (outcome.result == RefreshResult::kPublished) note_published();
    for (auto& promise : waiting) promise.set_value(outcome);
    mark_settled();
    updater_.keep();
    if (std::exchange(published_anew_, false) && after_publish_) after_publish_();
    const auto failures = updater_.status().fetch_failures;
    if (wait_for_work(next_delay(interval_, failures, static_cast<std::uint32_t>(random())))) {
      let_changes_settle();
    }
  }
  std::lock_guard lock(mutex_);
  for (auto& promise : waiting_) promise.set_value({});
  waiting_.clear();
  settled_ = true;
  settled_changed_.notify_all();
}

// Returns early when woken, or (true) when the source tells of a change.
bool Follower::wait_for_work(milliseconds delay) {
  const auto until = std::chrono::steady_clock::now() + delay;
  while (true) {
    auto left = std::chrono::ceil<milliseconds>(until - std::chrono::steady_clock::now());
    if (left <= milliseconds(0)) return false;
    if (held_ != 0) left = std::min(left, kCollectEvery);
    std::array<pollfd, 2> waits{{{wake_fd_, POLLIN, 0}, {source_.change_fd(), POLLIN, 0}}};
    const int ready = ::poll(waits.data(), waits.size(), static_cast<int>(left.count()));
    if (held_ != 0) free_old_generations();
    if (ready <= 0) continue;
    if (waits[0].revents != 0) {
      std::uint64_t count = 0;
      [[maybe_unused]] auto got = ::read(wake_fd_, &count, sizeof count);
      return false;
    }
    if (waits[1].revents != 0) return true;
  }
}

void Follower::let_changes_settle() {
  const auto until = std::chrono::steady_clock::now() + kMaxSettle;
  pollfd change{source_.change_fd(), POLLIN, 0};
  do {
    source_.drain_changes();
  } while (::poll(&change, 1, static_cast<int>(kSettle.count())) > 0 &&
           std::chrono::steady_clock::now() < until);
}

void Follower::free_old_generations() {
  held_ = published_.collect();
  if (held_ == 0) ::malloc_trim(0);  // a large zone's memory goes back to the system
}

}  // namespace dotmesh
