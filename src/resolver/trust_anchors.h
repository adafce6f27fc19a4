// Trust anchors (RFC 4033 section 2): the built-in ones of the root, and files of DS and DNSKEY records of any
// owner names in zone file syntax, as Unbound and BIND keep them (root.key, root.ds).
// Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "resolver/settings.h"

namespace dotmesh {

// The root's key signing keys of 2017 and 2024, as DS records.
std::vector<TrustAnchor> built_in_trust_anchors();

// One anchor per owner name. Other records are errors; anchors that match no key (an unknown algorithm, a digest
// of the wrong size) are warnings and are kept: their zone does not validate. No records at all is a warning:
// nothing is validated then.
std::vector<TrustAnchor> parse_trust_anchors(const std::string& path, std::string_view text, Diagnostics& diagnostics);

}  // namespace dotmesh
