#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <thread>
#include <vector>

#include "control/control_client.h"
#include "control/control_protocol.h"
#include "control/control_server.h"

namespace dotmesh {
namespace {

class ControlTest : public testing::Test {
 protected:
  void SetUp() override {
    char folder[] = "/tmp/dotmesh-control-XXXXXX";
    folder_ = ::mkdtemp(folder);
    path_ = folder_ + "/control.sock";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<ControlServer> serve() {
    auto server = ControlServer::bind(path_, -1, -1);
    EXPECT_TRUE(server) << server.error().message;
    CommandTable commands;
    commands["echo"] = [](const std::string& argument) -> Result<std::string> {
      return "\"" + argument + "\"";
    };
    commands["fail"] = [](const std::string&) -> Result<std::string> { return fail("told to \"fail\""); };
    (*server)->start(std::move(commands));
    return std::move(*server);
  }

  // What the server sends back for raw bytes, until it closes.
  std::string raw(std::string_view bytes) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path_.data(), path_.size());
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    EXPECT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    ::shutdown(fd, SHUT_WR);
    std::string answer;
    char chunk[4096];
    for (ssize_t got; (got = ::recv(fd, chunk, sizeof chunk, 0)) > 0;) answer.append(chunk, got);
    ::close(fd);
    return answer;
  }

  std::string folder_;
  std::string path_;
};

TEST_F(ControlTest, AnswersACommandAndPassesFaultsOn) {
  auto server = serve();
  auto answer = ask_daemon(path_, {"echo", "mesh."});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(*answer, "\"mesh.\"");
  EXPECT_EQ(ask_daemon(path_, {"fail", ""}).error().message, "told to \"fail\"");
  EXPECT_EQ(ask_daemon(path_, {"nonsense", ""}).error().message,
            "no command \"nonsense\"; there are: echo, fail");
}

TEST_F(ControlTest, SocketIsForOwnerAndGroupOnly) {
  auto server = serve();
  struct stat status;
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0660u);
}

TEST_F(ControlTest, SeveralRequestsOnOneConnection) {
  auto server = serve();
  EXPECT_EQ(raw("{\"command\":\"echo\",\"argument\":\"a\"}\n{\"command\":\"echo\"}\n"),
            "{\"ok\":true,\"result\":\"a\"}\n{\"ok\":true,\"result\":\"\"}\n");
}

TEST_F(ControlTest, HostileRequestsGetAFaultOrAClose) {
  auto server = serve();
  const std::string fault =
      "{\"error\":\"a request is one line such as {\\\"command\\\": \\\"status\\\"}\",\"ok\":false}\n";
  EXPECT_EQ(raw("not json\n"), fault);
  EXPECT_EQ(raw("[1]\n"), fault);
  EXPECT_EQ(raw("{\"command\":1}\n"), fault);
  EXPECT_EQ(raw(""), "");
  EXPECT_EQ(raw("no line end"), "");
  EXPECT_EQ(raw(std::string(1024, '[') + "\n"), fault);
  EXPECT_NE(raw(std::string(kMaxControlRequest + 1, 'x')).find("too long"), std::string::npos);
  EXPECT_TRUE(ask_daemon(path_, {"echo", ""}));
}

TEST_F(ControlTest, MoreClientsThanSlotsAreServedInTurn) {
  auto server = serve();
  std::vector<std::thread> clients;
  std::atomic<int> answered = 0;
  for (std::size_t i = 0; i < 2 * kMaxControlClients; i++) {
    clients.emplace_back([&] { answered += ask_daemon(path_, {"echo", "x"}).has_value() ? 1 : 0; });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(answered, static_cast<int>(2 * kMaxControlClients));
}

TEST_F(ControlTest, StopsWithAClientConnected) {
  auto server = serve();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path_.data(), path_.size());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  server.reset();
  char byte;
  EXPECT_LE(::recv(fd, &byte, 1, 0), 0);
  ::close(fd);
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(ControlTest, ReplacesTheSocketOfADeadDaemon) {
  { auto left = ControlServer::bind(path_, -1, -1); ::link(path_.c_str(), (path_ + ".kept").c_str()); }
  std::filesystem::rename(path_ + ".kept", path_);
  auto absent = ask_daemon(path_, {"echo", ""});
  ASSERT_FALSE(absent);
  EXPECT_NE(absent.error().message.find("is the daemon running?"), std::string::npos);
  auto server = serve();
  EXPECT_TRUE(ask_daemon(path_, {"echo", ""}));
}

TEST_F(ControlTest, TooLongAPathIsAFault) {
  auto server = ControlServer::bind("/tmp/" + std::string(200, 'x'), -1, -1);
  ASSERT_FALSE(server);
  EXPECT_NE(server.error().message.find("at most 107 characters"), std::string::npos);
}

}  // namespace
}  // namespace dotmesh
