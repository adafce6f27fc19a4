#include "observe/status_page.h"

#include <string_view>

// Written by cmake/embed_files.cmake.
namespace dotmesh::observe::embedded {
extern const std::string_view kIndexHtml;
extern const std::string_view kAppJs;
extern const std::string_view kAppCss;
extern const std::string_view kIconSvg;
}  // namespace dotmesh::observe::embedded

namespace dotmesh::observe {

std::map<std::string, Page> status_page() {
  const auto file = [](std::string type, std::string_view text) {
    return Page{std::move(type), [text] { return std::string(text); }};
  };
  return {
      {"/", file("text/html; charset=utf-8", embedded::kIndexHtml)},
      {"/app.js", file("text/javascript; charset=utf-8", embedded::kAppJs)},
      {"/app.css", file("text/css; charset=utf-8", embedded::kAppCss)},
      {"/icon.svg", file("image/svg+xml", embedded::kIconSvg)},
  };
}

}  // namespace dotmesh::observe
