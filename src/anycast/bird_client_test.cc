// BirdClient against a scripted BIRD on a Unix socket, with given time.
#include "anycast/bird_client.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>

namespace dotmesh::anycast {
namespace {

using std::chrono::milliseconds;

class BirdClientTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char folder[] = "/tmp/dotmesh-bird-XXXXXX";
    folder_ = ::mkdtemp(folder);
    path_ = folder_ + "/bird.ctl";
    client_ = std::make_unique<BirdClient>(path_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void listen() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, path_.size());
    listener_ = Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(::listen(listener_.get(), 4), 0);
  }
  // BIRD listens, the client connects, and BIRD says `greeting`.
  void meet(std::string_view greeting = "0001 BIRD 2.0.12 ready.\n") {
    if (!listener_.valid()) listen();
    client_->on_time(now_);
    bird_ = Descriptor(::accept(listener_.get(), nullptr, nullptr));
    say(greeting);
  }
  void say(std::string_view text) {
    ASSERT_EQ(::send(bird_.get(), text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
    client_->look(now_);
  }
  std::string heard() {
    char buffer[1024];
    const ssize_t got = ::recv(bird_.get(), buffer, sizeof buffer, MSG_DONTWAIT);
    return got > 0 ? std::string(buffer, static_cast<std::size_t>(got)) : std::string();
  }
  std::string fault() const { return "BIRD at " + path_ + ": "; }
  bool ask(const std::string& command) {
    return client_->send(
        command, [this](const BirdClient::Reply& reply) { replies_.push_back(reply); }, now_);
  }

  std::string folder_;
  std::string path_;
  std::unique_ptr<BirdClient> client_;
  Descriptor listener_;
  Descriptor bird_;
  Clock::Monotonic now_{std::chrono::hours(1)};
  std::vector<BirdClient::Reply> replies_;
};

TEST_F(BirdClientTest, OneCommandAfterTheOther) {
  meet();
  ASSERT_TRUE(client_->ready());
  EXPECT_TRUE(ask("enable a"));
  EXPECT_TRUE(ask("disable b"));
  EXPECT_EQ(heard(), "enable a\n");
  say("0011-a: enabled\n0000 \n");
  EXPECT_EQ(heard(), "disable b\n");
  say("8003 No protocols match\n");
  ASSERT_EQ(replies_.size(), 2U);
  EXPECT_EQ(replies_[0].code, 11);
  EXPECT_TRUE(replies_[0].good());
  EXPECT_EQ(replies_[1].text, "No protocols match");
  EXPECT_FALSE(replies_[1].good());
}

TEST_F(BirdClientTest, ARepliesOctetsMayComeOneByOne) {
  meet();
  ask("enable a");
  for (const char c : std::string_view("0010-a: already enabled\n0000 \n")) say({&c, 1});
  ASSERT_EQ(replies_.size(), 1U);
  EXPECT_EQ(replies_[0].code, 10);
}

TEST_F(BirdClientTest, AllLinesOfAReplyAreKept) {
  meet();
  ask("show static a");
  say("1009-10.10.10.10/32\n \tdev dotmesh (dormant)\n+a log line\n "
      "10.10.10.11/32\tblackhole\n0000 \n");
  ASSERT_EQ(replies_.size(), 1U);
  EXPECT_EQ(replies_[0].code, 1009);
  EXPECT_EQ(replies_[0].lines,
            "10.10.10.10/32\n\tdev dotmesh (dormant)\n10.10.10.11/32\tblackhole\n");
}

TEST_F(BirdClientTest, AbsentIsAFaultAndTriedAgain) {
  client_->on_time(now_);
  EXPECT_EQ(client_->fault(), fault() +
                                  "No such file or directory; is BIRD running? [anycast] "
                                  "bird_socket names its control socket");
  EXPECT_FALSE(ask("enable a"));
  listen();
  client_->on_time(now_ + BirdClient::kRetry - milliseconds(1));
  EXPECT_FALSE(client_->fault().empty());
  now_ += BirdClient::kRetry;
  meet();
  EXPECT_TRUE(client_->ready());
  EXPECT_EQ(client_->fault(), "");
}

TEST_F(BirdClientTest, SilenceIsAFault) {
  meet();
  ask("enable a");
  client_->on_time(now_ + BirdClient::kPatience - milliseconds(1));
  EXPECT_TRUE(client_->ready());
  client_->on_time(now_ + BirdClient::kPatience);
  client_->on_time(now_ + BirdClient::kPatience + BirdClient::kGrace - milliseconds(1));
  EXPECT_TRUE(client_->ready());
  client_->on_time(now_ + BirdClient::kPatience + BirdClient::kGrace);
  EXPECT_FALSE(client_->ready());
  EXPECT_EQ(client_->fault(),
            fault() + "no answer on its control socket for 1000 ms; is it overloaded or stopped?");
}

TEST_F(BirdClientTest, AMachineThatStoodStillIsNoSilenceOfBird) {
  meet();
  ask("enable a");
  now_ += std::chrono::minutes(1);
  client_->on_time(now_);
  EXPECT_TRUE(client_->ready());
  now_ += BirdClient::kGrace - milliseconds(1);
  say("0011-a: enabled\n0000 \n");
  ask("enable b");  // has the whole patience again
  now_ += BirdClient::kPatience;
  client_->on_time(now_);
  EXPECT_TRUE(client_->ready());
}

TEST_F(BirdClientTest, AGreetingThatNeverComesIsAFault) {
  meet("");
  client_->on_time(now_ + BirdClient::kPatience);
  client_->on_time(now_ + BirdClient::kPatience + BirdClient::kGrace);
  EXPECT_EQ(client_->fault(),
            fault() + "no answer on its control socket for 1000 ms; is it overloaded or stopped?");
}

TEST_F(BirdClientTest, ACutAnswerIsAFault) {
  meet();
  ask("enable a");
  say("0011-a: ena");
  bird_.reset();
  client_->look(now_);
  EXPECT_EQ(client_->fault(), fault() + "its answer is cut off");
  EXPECT_TRUE(replies_.empty());
}

TEST_F(BirdClientTest, AnotherProgramIsAFault) {
  meet("220 mail.example.org ESMTP\n");
  EXPECT_EQ(client_->fault(),
            fault() + "its answer is not understood; is this the control socket of BIRD 2?");
}

TEST_F(BirdClientTest, AnEndlessAnswerIsAFault) {
  meet();
  ask("enable a");
  say(std::string(BirdClient::kMaxReply + 1, 'x'));
  EXPECT_EQ(client_->fault(), fault() + "its answer is too long");
}

TEST_F(BirdClientTest, ANewConnectionIsANewIncarnation) {
  meet();
  EXPECT_EQ(client_->incarnation(), 1U);
  bird_.reset();
  client_->look(now_);
  EXPECT_EQ(client_->fault(), fault() + "it has ended");
  now_ += BirdClient::kRetry;
  meet();
  EXPECT_EQ(client_->incarnation(), 2U);
}

}  // namespace
}  // namespace dotmesh::anycast
