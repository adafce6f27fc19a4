// Power that was given up stays away: each case runs in a child process, which tries what must not
// work.
#include "daemon/privileges.h"

#include <cap-ng.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <functional>
#include <thread>

#include "daemon/system_calls.h"

namespace dotmesh {
namespace {

constexpr uid_t kNobody = 65534;

// The wait status of a child that ran `body` and ended with what it returned.
int in_child(const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = -1;
  ::waitpid(child, &status, 0);
  return status;
}

bool exited_with(int status, int value) {
  return WIFEXITED(status) && WEXITSTATUS(status) == value;
}

// The error of a call under the filter.
int under_filter(const std::function<long()>& call) {
  return in_child([&] {
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || !limit_system_calls()) return 200;
    errno = 0;
    return call() < 0 ? errno : 0;
  });
}

class SystemCallsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!system_calls_can_be_limited()) GTEST_SKIP() << "a sanitizer's run-time needs more calls";
  }
};

TEST_F(SystemCallsTest, WhatOnlyAnIntruderCallsEndsTheProcess) {
  for (const long number :
       {SYS_ptrace, SYS_mount, SYS_bpf, SYS_process_vm_readv, SYS_kexec_load, SYS_setns,
        SYS_init_module, SYS_keyctl, SYS_perf_event_open, SYS_chroot}) {
    const int status = under_filter([&] { return ::syscall(number, 0, 0, 0, 0, 0); });
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
        << "call " << number << " status " << status;
  }
}

TEST_F(SystemCallsTest, WhatTheServerHasNoUseForFails) {
  for (const long number :
       {SYS_setuid, SYS_setresuid, SYS_setgroups, SYS_capset, SYS_chown, SYS_mknod, SYS_execveat,
        SYS_io_uring_setup, SYS_personality, SYS_sethostname}) {
    EXPECT_TRUE(exited_with(under_filter([&] { return ::syscall(number, 0, 0, 0, 0, 0); }), ENOSYS))
        << "call " << number;
  }
}

TEST_F(SystemCallsTest, OnlySocketsOfItsFamilies) {
  for (const int family : {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK}) {
    EXPECT_TRUE(exited_with(under_filter([&] { return ::socket(family, SOCK_DGRAM, 0); }), 0))
        << family;
  }
  for (const int family : {AF_PACKET, AF_BLUETOOTH, AF_VSOCK, AF_ALG}) {
    EXPECT_TRUE(exited_with(under_filter([&] { return ::socket(family, SOCK_DGRAM, 0); }), ENOSYS))
        << family;
  }
}

TEST_F(SystemCallsTest, AThreadMayHaveDescriptorsButNoNamespacesOfItsOwn) {
  const int own = under_filter([] { return ::unshare(CLONE_FILES); });
  EXPECT_TRUE(exited_with(own, 0)) << own;
  for (const int kind : {CLONE_NEWUSER, CLONE_NEWNET, CLONE_FILES | CLONE_NEWNS}) {
    EXPECT_TRUE(exited_with(under_filter([&] { return ::unshare(kind); }), ENOSYS)) << kind;
  }
}

TEST_F(SystemCallsTest, ThreadsAndProgramsInheritIt) {
  const int of_thread = under_filter([] {
    long result = 0;
    std::thread([&] { result = ::syscall(SYS_chown, "/", 0, 0) < 0 ? errno : 0; }).join();
    errno = static_cast<int>(result);
    return result != 0 ? -1L : 0L;
  });
  EXPECT_TRUE(exited_with(of_thread, ENOSYS)) << of_thread;
  const int of_program = under_filter([] {
    return static_cast<long>(
        ::execl("/bin/sh", "sh", "-c", "grep -q 'Seccomp:.2' /proc/self/status", nullptr));
  });
  EXPECT_TRUE(exited_with(of_program, 0)) << of_program;
}

TEST(PrivilegesTest, WhatIsPermittedIsPutToUse) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root has capabilities to lose";
  const int status = in_child([] {
    ::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
    if (::setresuid(kNobody, kNobody, kNobody) != 0) return 1;  // keeps them as permitted
    capng_get_caps_process();
    if (capng_have_capability(CAPNG_EFFECTIVE, CAP_NET_BIND_SERVICE) != 0) return 2;
    raise_permitted_capabilities();
    capng_get_caps_process();
    return capng_have_capability(CAPNG_EFFECTIVE, CAP_NET_BIND_SERVICE) != 0 ? 0 : 3;
  });
  EXPECT_TRUE(exited_with(status, 0)) << status;
}

TEST(PrivilegesTest, RootIsGoneWithItsCapabilities) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give up root";
  const int status = in_child([] {
    if (!become(UserIds{kNobody, kNobody})) return 1;
    if (::setuid(0) == 0 || ::setgid(0) == 0) return 2;
    if (::mkdir("/dotmesh-privileges-test", 0755) == 0) return 3;
    if (::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1) return 4;
    if (::prctl(PR_CAPBSET_READ, CAP_NET_ADMIN, 0, 0, 0) != 0) return 5;
    return ::getuid() == kNobody && ::getgroups(0, nullptr) == 0 ? 0 : 6;
  });
  EXPECT_TRUE(exited_with(status, 0)) << status;
}

TEST(PrivilegesTest, RootThatStaysKeepsFilesAndNothingElse) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can stay root";
  const int status = in_child([] {
    if (!become(std::nullopt)) return 1;
    if (::setuid(kNobody) == 0) return 2;
    if (::chown("/tmp", 1, 1) == 0) return 3;
    return ::prctl(PR_CAPBSET_READ, CAP_SYS_ADMIN, 0, 0, 0) == 0 ? 0 : 4;
  });
  EXPECT_TRUE(exited_with(status, 0)) << status;
}

TEST(PrivilegesTest, RootWithoutThoseTwoStartsAsWell) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can stay root";
  const int status = in_child([] {
    capng_get_caps_process();
    capng_updatev(CAPNG_DROP, static_cast<capng_type_t>(CAPNG_EFFECTIVE | CAPNG_PERMITTED), CAP_DAC_OVERRIDE,
                  CAP_FOWNER, -1);
    if (capng_apply(CAPNG_SELECT_CAPS) != 0) return 1;
    return become(std::nullopt) ? 0 : 2;
  });
  EXPECT_TRUE(exited_with(status, 0)) << status;
}

TEST(PrivilegesTest, NoCoreIsDumped) {
  const int status = in_child([]() -> int {
    if (!forbid_core_dumps()) return 1;
    rlimit limit{1, 1};
    ::getrlimit(RLIMIT_CORE, &limit);
    return limit.rlim_max == 0 && ::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 ? 0 : 2;
  });
  EXPECT_TRUE(exited_with(status, 0)) << status;
}

TEST(PrivilegesTest, WhoServesOthers) {
  const auto serves = [](const char* text) {
    Diagnostics none;
    return serves_others(parse_node_config(text, "node.toml", none));
  };
  EXPECT_FALSE(serves("[[listen]]\naddress = \"127.0.0.1\"\n[[listen]]\naddress = \"::1\"\n"));
  EXPECT_TRUE(serves("[[listen]]\naddress = \"127.0.0.1\"\n[[listen]]\naddress = \"192.0.2.1\"\n"));
  EXPECT_TRUE(serves("[[listen]]\naddress = \"0.0.0.0\"\n"));
  EXPECT_TRUE(serves("[[listen]]\naddress = \"127.0.0.1\"\n[resolver]\npublic = true\n"));
}

}  // namespace
}  // namespace dotmesh
