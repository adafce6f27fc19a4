// The program's version, from CMakeLists.txt.
#pragma once

#include <string_view>

namespace dotmesh {

inline constexpr std::string_view kVersion = DOTMESH_VERSION;

}  // namespace dotmesh
