// The reference pages of both files, written from their rows (docs/reference/). Pure; any thread.
#pragma once

#include <string>

#include "config/setting.h"

namespace dotmesh {

// The page of one file as Markdown.
std::string settings_reference(const TableSpec& file);

}  // namespace dotmesh
