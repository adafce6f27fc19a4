// Which system calls the daemon may still make once it serves: a seccomp filter (libseccomp),
// inherited by the fetch that it starts. docs/adr/0024-giving-up-power.md says why so and what is
// not in it.
#pragma once

#include "base/result.h"

namespace dotmesh {

// False under AddressSanitizer and ThreadSanitizer, whose run-time calls what a server has no use
// for.
bool system_calls_can_be_limited();

// For the calling thread and all that it starts, for good. Calls that only an intruder makes end
// the process; others that are not in the list fail with ENOSYS, so that glibc takes its older way.
// Call before any thread exists, with no_new_privs set. Fails when the kernel has no seccomp
// filters.
Result<void> limit_system_calls();

}  // namespace dotmesh
