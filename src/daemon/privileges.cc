#include "daemon/privileges.h"

#include <cap-ng.h>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace dotmesh {

Result<std::optional<UserIds>> ids_to_become(const std::string& user) {
  if (user.empty()) return std::nullopt;
  errno = 0;
  const passwd* entry = ::getpwnam(user.c_str());
  if (entry == nullptr) {
    return fail(fmt::format("[node] user: there is no user \"{}\" on this machine; make it with adduser --system "
                            "--group {}, or set user = \"\"",
                            user, user));
  }
  if (::geteuid() == entry->pw_uid) return std::nullopt;
  if (::geteuid() != 0) {
    return fail(fmt::format("[node] user: only root can become \"{}\"; start as root, as that user, or set "
                            "user = \"\"",
                            user));
  }
  return UserIds{entry->pw_uid, entry->pw_gid};
}

Result<void> become(const UserIds& ids) {
  const auto fault = [](const char* what) {
    return fail(fmt::format("giving up root: {}: {}", what, std::strerror(errno)));
  };
  if (::setgroups(0, nullptr) != 0) return fault("setgroups");
  // The bounding set first: it takes a capability to shrink it.
  capng_clear(CAPNG_SELECT_BOTH);
  capng_apply(CAPNG_SELECT_BOUNDS);
  if (::setresgid(ids.gid, ids.gid, ids.gid) != 0) return fault("setresgid");
  if (::setresuid(ids.uid, ids.uid, ids.uid) != 0) return fault("setresuid");
  if (::setuid(0) == 0) return fail("giving up root: it came back");
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return fault("no_new_privs");
  return {};
}

}  // namespace dotmesh
