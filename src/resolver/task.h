// Task<T>: a step of a resolution as a coroutine, so that code that waits for the network reads like
// code that does not. Lazy: it begins when it is awaited. The awaiting coroutine's frame owns it; to
// destroy the outermost Task destroys all that wait below it.
// g++ 12 destroys operands of "?:" twice when one is a co_await: write an if instead, and name what is
// awaited or returned.
// One thread. Exceptions do not leave a Task (there are none but exhausted memory, which ends the
// process as everywhere else).
#pragma once

#include <coroutine>
#include <cstddef>
#include <exception>
#include <optional>
#include <utility>

#include "resolver/frame_pool.h"

namespace dotmesh {

template <typename T>
class [[nodiscard]] Task {
 public:
  struct promise_type : FromFramePool {
    std::optional<T> value;
    std::coroutine_handle<> continuation = std::noop_coroutine();

    Task get_return_object() { return Task(Handle::from_promise(*this)); }
    std::suspend_always initial_suspend() noexcept { return {}; }
    struct Finish {
      bool await_ready() noexcept { return false; }
      std::coroutine_handle<> await_suspend(std::coroutine_handle<promise_type> self) noexcept {
        return self.promise().continuation;
      }
      void await_resume() noexcept {}
    };
    Finish final_suspend() noexcept { return {}; }
    void return_value(T result) { value.emplace(std::move(result)); }
    void unhandled_exception() { std::terminate(); }
  };
  using Handle = std::coroutine_handle<promise_type>;

  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  Task& operator=(Task&&) = delete;
  ~Task() {
    if (handle_) handle_.destroy();
  }

  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> waiter) noexcept {
    handle_.promise().continuation = waiter;
    return handle_;
  }
  T await_resume() { return std::move(*handle_.promise().value); }

 private:
  explicit Task(Handle handle) : handle_(handle) {}

  Handle handle_;
};

// The outermost coroutine of a resolution: begun by start(), owned by whoever holds the Run.
class Run {
 public:
  struct promise_type : FromFramePool {
    Run get_return_object() { return Run(Handle::from_promise(*this)); }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
  using Handle = std::coroutine_handle<promise_type>;

  Run() = default;
  Run(Run&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  Run& operator=(Run&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Run() {
    if (handle_) handle_.destroy();
  }
  void start() { handle_.resume(); }

 private:
  explicit Run(Handle handle) : handle_(handle) {}

  Handle handle_;
};

}  // namespace dotmesh
