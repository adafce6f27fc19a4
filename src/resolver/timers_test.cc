#include "resolver/timers.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

namespace dotmesh {
namespace {

using std::chrono::nanoseconds;

struct Owner {
  int number = 0;
  std::vector<int>* ran = nullptr;
  Timer timer;

  static void act(void* self) {
    auto* owner = static_cast<Owner*>(self);
    owner->ran->push_back(owner->number);
  }
};

TEST(Timers, RunInOrderWhenDueAndNotAfterTheyWereCancelled) {
  std::vector<int> ran;
  std::vector<Owner> owners(4);
  Timers timers;
  for (int i = 0; i < 4; ++i) {
    owners[static_cast<std::size_t>(i)].number = i;
    owners[static_cast<std::size_t>(i)].ran = &ran;
  }
  for (int i : {2, 0, 3, 1}) {
    Owner& owner = owners[static_cast<std::size_t>(i)];
    timers.set(owner.timer, nanoseconds(10 * i), Owner::act, &owner);
  }
  EXPECT_EQ(timers.next(), nanoseconds(0));
  timers.cancel(owners[1].timer);
  timers.cancel(owners[1].timer);
  EXPECT_FALSE(owners[1].timer.is_set());
  while (timers.run_one(nanoseconds(20))) {
  }
  EXPECT_EQ(ran, (std::vector<int>{0, 2}));
  EXPECT_EQ(timers.next(), nanoseconds(30));
  timers.cancel(owners[3].timer);
  EXPECT_EQ(timers.next(), std::nullopt);
}

TEST(Timers, ForgetATimerThatEnds) {
  std::vector<int> ran;
  Timers timers;
  Owner stays;
  stays.ran = &ran;
  timers.set(stays.timer, nanoseconds(10), Owner::act, &stays);
  {
    Owner goes;
    goes.number = 1;
    goes.ran = &ran;
    timers.set(goes.timer, nanoseconds(5), Owner::act, &goes);
    EXPECT_EQ(timers.next(), nanoseconds(5));
  }
  EXPECT_EQ(timers.next(), nanoseconds(10));
  EXPECT_TRUE(timers.run_one(nanoseconds(10)));
  EXPECT_FALSE(timers.run_one(nanoseconds::max()));
  EXPECT_EQ(ran, (std::vector<int>{0}));
}

// What a multimap would do, for any order of setting and cancelling.
TEST(Timers, AgreeWithASortedListWhateverIsCancelled) {
  std::mt19937 random(1);
  std::vector<int> ran;
  std::vector<Owner> owners(200);
  std::multimap<nanoseconds, int> expected;
  Timers timers;
  for (int i = 0; i < 200; ++i) {
    Owner& owner = owners[static_cast<std::size_t>(i)];
    owner.number = i;
    owner.ran = &ran;
    const nanoseconds when(random() % 1'000'000);
    timers.set(owner.timer, when, Owner::act, &owner);
    expected.emplace(when, i);
  }
  for (int i = 0; i < 200; i += 3) {
    timers.cancel(owners[static_cast<std::size_t>(i)].timer);
    std::erase_if(expected, [i](const auto& item) { return item.second == i; });
    ASSERT_EQ(timers.next(), expected.begin()->first);
  }
  while (timers.run_one(nanoseconds::max())) {
  }
  std::vector<int> in_order;
  for (const auto& [when, number] : expected) in_order.push_back(number);
  EXPECT_EQ(ran, in_order);
}

}  // namespace
}  // namespace dotmesh
