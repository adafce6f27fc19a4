// The reference pages of both files, written from their rows (docs/reference/, packaging/man/). Pure; any thread.
#pragma once

#include <string>

#include "config/setting.h"

namespace dotmesh {

// The page of one file as Markdown.
std::string settings_reference(const TableSpec& file);

// The same as a manual page of section 5 (roff, man macros); `title` is its name.
std::string settings_man_page(const TableSpec& file, const std::string& title);

}  // namespace dotmesh
