// RCODEs (RFC 1035 section 4.1.1, RFC 6895 section 2.3) and extended errors (RFC 8914 section 5.2) as people know them;
// by their number where there is no word. Pure functions; any thread.
#pragma once

#include <string>

namespace dotmesh {

// "NXDOMAIN"
std::string rcode_text(unsigned rcode);
// "EDE 7: signature expired"
std::string extended_error_text(unsigned code);

}  // namespace dotmesh
