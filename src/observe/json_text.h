// JSON as the HTTP side gives it out. Octets of names and TXT records that are no UTF-8 are
// replaced, not refused.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace dotmesh::observe {

inline std::string json_text(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace dotmesh::observe
