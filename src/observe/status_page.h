// The files of the status page, built from web/ and embedded in the program
// (docs/adr/0021-status-page.md).
#pragma once

#include <map>
#include <string>

#include "observe/http_service.h"

namespace dotmesh::observe {

// By path: "/" and what it loads. The same at every call; any thread.
std::map<std::string, Page> status_page();

}  // namespace dotmesh::observe
