#include "anycast/intent.h"

#include <gtest/gtest.h>

namespace dotmesh::anycast {
namespace {

TEST(IntentTest, IsTheSameAfterWritingAndReading) {
  Intent intent;
  intent.settings.method = "bird";
  intent.settings.verdict.hold_down = std::chrono::milliseconds(17);
  intent.drained = true;
  intent.services.push_back({"10.10.10.10@53",
                             {{.name = "mesh.", .serials = {1, 2}}},
                             "no [[listen]]",
                             false,
                             {{.name = "x.mesh."}}});
  auto read = read_intent(write_intent(intent));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(write_intent(*read), write_intent(intent));
  EXPECT_EQ(read->settings.verdict.hold_down, intent.settings.verdict.hold_down);
  EXPECT_EQ(read->services[0].mesh_questions.at(0).name, "x.mesh.");
  EXPECT_EQ(read->services[0].questions[0].serials, (std::vector<std::uint32_t>{1, 2}));
}

TEST(IntentTest, TooManyQuestionsAreCutToAMessage) {
  Intent intent;
  Service service{.address = "10.10.10.10@53", .questions = {}, .obstacle = {}};
  for (std::size_t i = 0; i < kMaxQuestions; i++)
    service.questions.push_back({.name = std::string(1000, 'x')});
  intent.services.assign(kMaxServices, service);
  EXPECT_LT(write_intent(intent).size(), kMaxLinkMessage);
  EXPECT_EQ(read_intent(write_intent(intent))->services.size(), kMaxServices);
}

TEST(IntentTest, OtherTextIsAFault) {
  EXPECT_FALSE(read_intent("1"));
  EXPECT_FALSE(read_intent("{}"));
  EXPECT_FALSE(read_intent(""));
}

}  // namespace
}  // namespace dotmesh::anycast
