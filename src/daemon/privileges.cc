#include "daemon/privileges.h"

#include <cap-ng.h>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

namespace dotmesh {

Result<std::optional<UserIds>> ids_to_become(const std::string& user) {
  if (user.empty()) return std::nullopt;
  errno = 0;
  const passwd* entry = ::getpwnam(user.c_str());
  if (entry == nullptr) {
    return fail(fmt::format(
        "there is no user \"{}\" on this machine; make it with adduser --system --group {}, or set user = \"\"",
        user, user));
  }
  if (::geteuid() == entry->pw_uid) return std::nullopt;
  if (::geteuid() != 0) {
    return fail(
        fmt::format("only root can become \"{}\"; start as root, as that user, or set user = \"\"",
                    user));
  }
  return UserIds{entry->pw_uid, entry->pw_gid};
}

void raise_permitted_capabilities() {
  if (capng_get_caps_process() != 0) return;
  for (int capability = 0; capability <= CAP_LAST_CAP; capability++) {
    const auto number = static_cast<unsigned>(capability);
    if (capng_have_capability(CAPNG_PERMITTED, number) == 0) continue;
    capng_update(CAPNG_ADD, CAPNG_EFFECTIVE, number);
  }
  // Refused: what needs them fails with its own message.
  capng_apply(CAPNG_SELECT_CAPS);
}

Result<void> become(const std::optional<UserIds>& ids) {
  const auto fault = [](const char* what) {
    return fail(fmt::format("giving up root: {}: {}", what, std::strerror(errno)));
  };
  const bool stays_root = !ids && ::geteuid() == 0;
  if (ids && ::setgroups(0, nullptr) != 0) return fault("setgroups");
  std::vector<unsigned> kept;  // of what it has: asking for more would fail
  capng_get_caps_process();
  for (const unsigned capability : {CAP_DAC_OVERRIDE, CAP_FOWNER}) {
    if (stays_root && capng_have_capability(CAPNG_PERMITTED, capability) != 0) kept.push_back(capability);
  }
  const auto choose = [&kept] {
    capng_clear(CAPNG_SELECT_BOTH);
    const auto sets = static_cast<capng_type_t>(CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_BOUNDING_SET);
    for (const unsigned capability : kept) capng_update(CAPNG_ADD, sets, capability);
  };
  // The bounding set first: it takes a capability to shrink it, which an ordinary user does not
  // have. no_new_privs makes it mean nothing.
  const bool may_shrink = capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP) != 0;
  choose();
  if (may_shrink) capng_apply(CAPNG_SELECT_BOUNDS);
  if (ids && ::setresgid(ids->gid, ids->gid, ids->gid) != 0) return fault("setresgid");
  if (ids && ::setresuid(ids->uid, ids->uid, ids->uid) != 0) return fault("setresuid");
  if (ids && ::setuid(0) == 0) return fail("giving up root: it came back");
  if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0)
    return fault("ambient capabilities");
  choose();
  if (capng_apply(CAPNG_SELECT_CAPS) != 0) return fault("capabilities");
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return fault("no_new_privs");
  return {};
}

bool serves_others(const NodeConfig& config) {
  return config.resolver.public_recursion ||
         std::ranges::any_of(config.listen,
                             [](const ListenEntry& e) { return !e.address.is_loopback(); });
}

Result<void> forbid_core_dumps() {
  const rlimit none{0, 0};
  // The limit is for files; a program behind core_pattern is kept away by the other.
  if (::setrlimit(RLIMIT_CORE, &none) != 0 || ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
    return fail(fmt::format("forbidding core dumps: {}", std::strerror(errno)));
  }
  return {};
}

}  // namespace dotmesh
