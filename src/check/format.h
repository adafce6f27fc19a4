// The findings of a check in the forms that programs read: JSON, and annotations of GitHub workflows.
// The form for people is render_text() of base/diagnostic.h. Pure functions, any thread.
#pragma once

#include <string>
#include <string_view>

#include "check/check.h"

namespace dotmesh {

// One object, indented, with a final newline (docs/OPERATIONS.md lists its members). Octets that are no
// UTF-8, which zone files may hold, become U+FFFD.
std::string render_json(const CheckReport& report);

// One workflow command a finding, then the counts. `folder` stands before every file name ("net/"), as
// GitHub wants names from the root of the repository that the workflow checked out.
std::string render_github(const CheckReport& report, std::string_view folder = {});

}  // namespace dotmesh
