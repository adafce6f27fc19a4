// Two workers' resolvers on one cache, asked the same: one of them asks the servers, the other waits for it, but
// not for ever (resolver/fetches.h).
#include <gtest/gtest.h>

#include <array>
#include <barrier>
#include <memory>
#include <optional>
#include <thread>

#include "resolver/shared.h"
#include "simulation/authorities.h"
#include "simulation/simulated_network.h"
#include "simulation/world.h"

namespace dotmesh::simulation {
namespace {

constexpr std::int64_t kWall = WorldOptions{}.wall;

struct WorkerUnderTest final : AnswerSink {
  WorkerUnderTest(const World& world, Servers& servers, ResolverShared& shared, std::uint64_t seed)
      : network(servers, seed, kWall),
        resolver(std::make_unique<Resolver>(std::make_shared<const ResolverSettings>(world.settings()), shared, network,
                                            *this)) {
    network.attach(*resolver);
  }
  void ask(const Name& qname) { resolver->resolve(1, {qname, RRType::kA, true, false}, network.now()); }
  void on_answer(AnswerToken, const ClientQuestion&, const ResolvedAnswer& given) override { answer = given; }

  SimulatedNetwork network;
  std::unique_ptr<Resolver> resolver;
  std::optional<ResolvedAnswer> answer;
};

class SharedWork : public testing::Test {
 protected:
  SharedWork() : world_(1, {.signed_share = 1, .broken_share = 0}), authorities_(world_, 2, {}) {}

  std::unique_ptr<WorkerUnderTest> worker(std::uint64_t seed) {
    return std::make_unique<WorkerUnderTest>(world_, authorities_, shared_, seed);
  }
  // Lets both live for a millisecond at a time, so that what one does the other sees.
  static void pass(std::array<WorkerUnderTest*, 2> workers, std::chrono::milliseconds time) {
    for (auto passed = time * 0; passed < time; passed += std::chrono::milliseconds(1)) {
      for (WorkerUnderTest* worker : workers) worker->network.pass(std::chrono::milliseconds(1));
    }
  }

  const Name qname_ = Name::parse("www.t0.").value();
  World world_;
  Authorities authorities_;
  ResolverShared shared_{4 << 20};
};

TEST_F(SharedWork, OneQuestionToTwoWorkersIsAskedOnce) {
  auto first = worker(3);
  auto second = worker(4);
  first->ask(qname_);
  second->ask(qname_);
  pass({first.get(), second.get()}, std::chrono::seconds(1));
  ASSERT_TRUE(first->answer && second->answer);
  EXPECT_TRUE(first->answer->authenticated);
  EXPECT_TRUE(second->answer->authenticated);
  EXPECT_GE(first->network.queries_sent(), 3U);
  EXPECT_LE(second->network.queries_sent(), 1U) << "priming may be its own";
}

TEST_F(SharedWork, AWorkerThatIsGoneIsNotWaitedFor) {
  auto first = worker(3);
  auto second = worker(4);
  first->ask(qname_);
  second->ask(qname_);
  first->resolver.reset();
  EXPECT_TRUE(second->network.run(std::chrono::seconds(1), [&] { return second->answer.has_value(); }));
  EXPECT_EQ(second->answer->rcode, Rcode::kNoError);
}

TEST_F(SharedWork, AWorkerThatIsStuckIsWaitedForSomeTime) {
  auto first = worker(3);
  auto second = worker(4);
  first->ask(qname_);
  second->ask(qname_);
  // The first one's time stands still.
  EXPECT_TRUE(second->network.run(std::chrono::seconds(1), [&] { return second->answer.has_value(); }));
  EXPECT_EQ(second->answer->rcode, Rcode::kNoError);
  EXPECT_GE(second->network.queries_sent(), 3U);
}

// Each worker in a thread of its own, as in the daemon, all asking the same: claims, caches and the table of servers
// are shared without locks. Under ThreadSanitizer (scripts/test.sh) this shows a race.
TEST_F(SharedWork, WorkersInTheirOwnThreads) {
  constexpr std::size_t kWorkers = 3;
  constexpr std::size_t kQuestions = 200;
  std::vector<PlainQuestion> questions;
  Random random(5);
  while (questions.size() < kQuestions) {
    PlainQuestion question = world_.question(random);
    const Truth truth = world_.truth(question.name, question.type);
    if (truth.answerable && truth.chain != Chain::kBogus) questions.push_back(question);
  }
  std::vector<std::vector<unsigned>> rcodes(kWorkers);
  std::barrier together(static_cast<std::ptrdiff_t>(kWorkers));
  auto work = [&](std::size_t number) {
    Authorities servers(world_, number, {});
    WorkerUnderTest worker(world_, servers, shared_, 10 + number);
    for (const PlainQuestion& question : questions) {
      together.arrive_and_wait();
      worker.answer.reset();
      worker.resolver->resolve(1, {question.name, question.type, true, false}, worker.network.now());
      worker.network.run(std::chrono::seconds(5), [&] { return worker.answer.has_value(); });
      rcodes[number].push_back(worker.answer ? static_cast<unsigned>(worker.answer->rcode) : 99);
    }
  };
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < kWorkers; ++i) threads.emplace_back(work, i);
  }
  for (std::size_t i = 0; i < kQuestions; ++i) {
    const unsigned truth = world_.truth(questions[i].name, questions[i].type).message.rcode;
    for (const auto& of_worker : rcodes) EXPECT_EQ(of_worker[i], truth) << questions[i].name.to_string();
    Fetches::Claim claim;
    EXPECT_TRUE(shared_.fetches.try_claim(Fetches::hash_of(questions[i].name, questions[i].type), claim)) << "given back";
  }
}

}  // namespace
}  // namespace dotmesh::simulation
