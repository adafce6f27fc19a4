#include "repo/git_process.h"

#include <sys/stat.h>

#include <thread>

#include "repo/testing.h"

namespace dotmesh {
namespace {

// Small shell scripts stand for the child: each end that a fetch can come to.
class GitProcessTest : public testing::Test {
 protected:
  Result<std::string> run(const std::string& script) {
    const std::string path = folder_.path("program");
    write_file(path, "#!/bin/sh\n" + script);
    ::chmod(path.c_str(), 0755);
    GitProcess process(path);
    GitFetchOptions options;
    options.copy = folder_.path("copy");
    options.url = "https://example.org/net.git";
    options.stall_seconds = 7;
    return process.fetch(options);
  }
  std::string fault(const std::string& script) {
    auto result = run(script);
    return result ? "(no fault)" : result.error().message;
  }
  TemporaryFolder folder_;
};

TEST_F(GitProcessTest, PassesOptionsInAndTheCommitOut) {
  EXPECT_EQ(run("[ $1 = git-fetch ] && cat >" + folder_.path("got") + " && printf 0123").value_or(""), "0123");
  std::ifstream got(folder_.path("got"), std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(got), {}};
  EXPECT_EQ(text, std::to_string(::getpid()) + std::string(1, '\0') + folder_.path("copy") + std::string("\0https://example.org/net.git\0\0\0\0" "7\0" "0\0", 36));
}

TEST_F(GitProcessTest, PassesAFaultOn) {
  EXPECT_EQ(fault("printf 'no route to host'; exit 1"), "no route to host");
}

TEST_F(GitProcessTest, TellsHowAChildWithoutAWordEnded) {
  EXPECT_EQ(fault("kill -ALRM $$"),
            "https://example.org/net.git: nothing came for 7 seconds; given up until the next try");
  EXPECT_EQ(fault("kill -BUS $$"),
            "https://example.org/net.git: the fetch could not write its files; is the disk of the state "
            "folder full?");
  EXPECT_EQ(fault("kill -SEGV $$"),
            "https://example.org/net.git: the fetch was ended by signal 11 (Segmentation fault)");
  EXPECT_EQ(fault("exit 3"), "https://example.org/net.git: the fetch ended with status 3 and no word");
}

TEST_F(GitProcessTest, AnAnswerWithoutEndIsCut) {
  EXPECT_LE(fault("head -c 1000000 /dev/zero; exit 1").size(), 32u * 1024);
}

TEST_F(GitProcessTest, AProgramThatIsNotThereIsAFault) {
  GitProcess process(folder_.path("absent"));
  auto result = process.fetch({});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message,
            "cannot start " + folder_.path("absent") + " for a fetch: No such file or directory");
}

TEST_F(GitProcessTest, InterruptEndsARunningFetch) {
  const std::string path = folder_.path("program");
  write_file(path, "#!/bin/sh\ntouch " + folder_.path("running") + "\nexec sleep 1000\n");
  ::chmod(path.c_str(), 0755);
  GitProcess process(path);
  std::thread interrupter([&] {
    while (!std::filesystem::exists(folder_.path("running"))) std::this_thread::yield();
    process.interrupt();
  });
  GitFetchOptions options;
  options.url = "u";
  EXPECT_EQ(process.fetch(options).error().message, "u: the fetch was stopped");
  interrupter.join();
  EXPECT_FALSE(process.fetch(options));  // and every later one
}

}  // namespace
}  // namespace dotmesh
