// Names that are answered here and asked of nobody: special-use domain names (RFC 6761, 6762, 7686, 8375,
// 9476), locally served reverse zones (RFC 6303, 7793), resolver.arpa (RFC 9462), and the mesh's own
// top-level domain where no zone or forwarder serves it, so that it never leaks to the root.
// Pure functions; any thread.
#pragma once

#include <optional>

#include "dns/name.h"
#include "resolver/resolver.h"
#include "resolver/settings.h"

namespace dotmesh {

// The answer to (qname, qtype) if it is such a name. `served` is the longest zone around qname that the
// node serves or forwards; the special names at or above it give way to it.
std::optional<ResolvedAnswer> special_answer(NameView qname, RRType qtype, std::optional<NameView> served);

}  // namespace dotmesh
