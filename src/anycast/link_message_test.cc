#include "anycast/link_message.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "anycast/worker_threads.h"

namespace dotmesh::anycast {
namespace {

class LinkMessageTest : public ::testing::Test {
 protected:
  LinkMessageTest() {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    one_ = Descriptor(ends[0]);
    other_ = Descriptor(ends[1]);
  }
  Descriptor one_;
  Descriptor other_;
};

TEST_F(LinkMessageTest, DescriptorsComeWithTheText) {
  int pipe[2];
  ASSERT_EQ(::pipe(pipe), 0);
  const Descriptor reading(pipe[0]);
  Descriptor writing(pipe[1]);
  const std::vector<int> many(kMaxThreadsShown, pipe[1]);
  ASSERT_TRUE(send_message(one_.get(), "text", many));
  writing.reset();
  LinkMessage message = receive_message(other_.get());
  EXPECT_EQ(message.text, "text");
  ASSERT_EQ(message.descriptors.size(), kMaxThreadsShown);
  ASSERT_EQ(::write(message.descriptors.back().get(), "x", 1), 1);
  message.descriptors.clear();
  char text[2];
  EXPECT_EQ(::read(reading.get(), text, sizeof text), 1);
  EXPECT_EQ(::read(reading.get(), text, sizeof text), 0);  // all ends are closed
}

TEST_F(LinkMessageTest, NoneAndNoMoreAreTwoThings) {
  EXPECT_TRUE(receive_message(other_.get()).nothing);
  ASSERT_TRUE(send_message(one_.get(), "last"));
  one_.reset();
  EXPECT_EQ(receive_message(other_.get()).text, "last");
  EXPECT_TRUE(receive_message(other_.get()).closed);
}

}  // namespace
}  // namespace dotmesh::anycast
