#include "anycast/bird_routes.h"

#include <fmt/format.h>

#include <algorithm>

namespace dotmesh::anycast {
namespace {

constexpr std::string_view kWayOut =
    "; `dotmesh anycast example` shows what its configuration needs";

// "dev dotmesh", "via 192.0.2.1%dotmesh", with " (dormant)" or more behind it.
bool leads_through(std::string_view hop, const std::string& interface) {
  for (const std::string& way : {"dev " + interface, "%" + interface}) {
    const std::size_t at = hop.find(way);
    if (at == std::string_view::npos) continue;
    const std::string_view rest = hop.substr(at + way.size());
    if (rest.empty() || rest.front() == ' ') return true;
  }
  return false;
}

}  // namespace

// A prefix, and behind a tab, in its line or in lines of their own, where it leads.
std::string misled_routes(const std::string& name, std::string_view lines,
                          const std::string& interface) {
  bool some = false;
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    const std::size_t tab = line.find('\t');
    if (tab == std::string_view::npos) continue;
    const std::string_view hop = line.substr(tab + 1);
    some = true;
    if (leads_through(hop, interface)) continue;
    return fmt::format(
        "a route of BIRD's {} leads elsewhere ({}) than through interface {}, and would "
        "outlive this node{}",
        name, hop, interface, kWayOut);
  }
  return some ? std::string() : fmt::format("BIRD's {} has no route{}", name, kWayOut);
}

bool asleep(std::string_view lines) {
  return lines.find("(dormant)") != std::string_view::npos;
}

}  // namespace dotmesh::anycast
