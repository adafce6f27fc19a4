#include "anycast/worker_threads.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>
#include <thread>

namespace dotmesh::anycast {
namespace {

using std::chrono::milliseconds;

Clock::Monotonic at(int ms) {
  return Clock::Monotonic{milliseconds(ms)};
}

class WorkerThreadsTest : public ::testing::Test {
 protected:
  WorkerThreads threads_{milliseconds(10)};
};

TEST(ThreadState, IsReadPastAnyName) {
  const auto state = read_thread_state(
      "4711 (a) R 1 (b) S 1 4711 4711 0 -1 4194368 2 0 0 0 17 25 0 0 20 0 1 0 1000 1 1\n");
  ASSERT_TRUE(state);
  EXPECT_EQ(state->state, 'S');
  EXPECT_EQ(state->ticks, 42U);
}

TEST(ThreadState, WhatIsNoneIsNotRead) {
  EXPECT_FALSE(read_thread_state(""));
  EXPECT_FALSE(read_thread_state("4711 (worker-0"));
  EXPECT_FALSE(read_thread_state("4711 (worker-0)"));
  EXPECT_FALSE(read_thread_state("4711 (worker-0) R 1 1 1 0 -1 1 2 0 0 0 17"));
  EXPECT_FALSE(read_thread_state("4711 (worker-0) R 1 1 1 0 -1 1 2 0 0 0 17 x 0"));
}

TEST_F(WorkerThreadsTest, OneThatWouldRunAndDoesNotWaitsForAProcessor) {
  for (int ms = 1000; ms < 1500; ms += 10)
    ASSERT_TRUE(threads_.wait({{'S', 7}, {'R', 3}}, at(ms))) << ms;
}

TEST_F(WorkerThreadsTest, OneThatWaitsForTheDiskIsNoOtherCase) {
  EXPECT_TRUE(threads_.wait({{'D', 3}}, at(1000)));
  EXPECT_TRUE(threads_.wait({{'D', 3}}, at(1010)));
}

TEST_F(WorkerThreadsTest, SleepersAndTheStoppedDoNot) {
  EXPECT_FALSE(threads_.wait({{'S', 3}, {'S', 3}}, at(1000)));
  EXPECT_FALSE(threads_.wait({{'T', 3}, {'t', 3}}, at(1010)));
  EXPECT_FALSE(threads_.wait({}, at(1020)));
}

TEST_F(WorkerThreadsTest, OneThatHasAProcessorAndTurnsForEverDoesNot) {
  EXPECT_TRUE(threads_.wait({{'R', 3}}, at(1000)));
  EXPECT_FALSE(threads_.wait({{'R', 4}}, at(1010)));
  EXPECT_FALSE(threads_.wait({{'R', 5}}, at(1020)));
}

TEST_F(WorkerThreadsTest, OneThatGetsLittleStillWaits) {
  EXPECT_TRUE(threads_.wait({{'R', 3}}, at(1000)));
  EXPECT_TRUE(threads_.wait({{'R', 4}}, at(1030)));
  EXPECT_FALSE(threads_.wait({{'R', 6}}, at(1060)));
}

TEST_F(WorkerThreadsTest, ALaterRoundBeginsAnew) {
  EXPECT_TRUE(threads_.wait({{'R', 3}}, at(1000)));
  EXPECT_TRUE(threads_.wait({{'R', 90}}, at(2000)));
  EXPECT_FALSE(threads_.wait({{'R', 91}}, at(2010)));
}

TEST_F(WorkerThreadsTest, TheKernelTellsOfOurs) {
  std::mutex mutex;
  std::condition_variable changed;
  bool named = false;
  bool over = false;
  std::thread sleeper([&] {
    ::pthread_setname_np(::pthread_self(), "worker-0");
    std::unique_lock lock(mutex);
    named = true;
    changed.notify_all();
    changed.wait(lock, [&] { return over; });
  });
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return named; });
  }
  auto files = open_worker_states();
  ASSERT_EQ(files.size(), 1U);
  char text[512];
  const ssize_t got = ::pread(files[0].get(), text, sizeof text, 0);
  ASSERT_GT(got, 0);
  const auto state = read_thread_state({text, static_cast<std::size_t>(got)});
  ASSERT_TRUE(state);
  EXPECT_TRUE(state->state == 'S' || state->state == 'R') << state->state;
  threads_.take(std::move(files));
  threads_.wait_for_processor(at(1000));  // reads the same; what it sees is chance
  {
    std::lock_guard lock(mutex);
    over = true;
  }
  changed.notify_all();
  sleeper.join();
}

}  // namespace
}  // namespace dotmesh::anycast
