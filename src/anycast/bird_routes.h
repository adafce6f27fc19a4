// What BIRD's `show static` says of where a protocol's routes lead. Text in, text out.
#pragma once

#include <string>
#include <string_view>

namespace dotmesh::anycast {

// What is wrong with the routes of protocol `name`, out of the lines of the reply: each must lead
// through `interface`, which ends with dotmesh. Empty: nothing.
std::string misled_routes(const std::string& name, std::string_view lines,
                          const std::string& interface);
// Some route is not in use, for its interface is not up.
bool asleep(std::string_view lines);

}  // namespace dotmesh::anycast
