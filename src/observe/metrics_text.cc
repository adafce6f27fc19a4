#include "observe/metrics_text.h"

#include <fmt/format.h>

namespace dotmesh::observe {
namespace {

std::string escaped(std::string_view value) {
  std::string out;
  for (char c : value) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

void MetricsText::metric(std::string_view name, Kind kind, std::string_view help) {
  name_ = name;
  text_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name,
                       kind == Kind::kCounter ? "counter" : "gauge");
}

void MetricsText::sample(double value, Labels labels) {
  text_ += name_;
  char before = '{';
  for (const auto& [label, text] : labels) {
    text_ += fmt::format("{}{}=\"{}\"", before, label, escaped(text));
    before = ',';
  }
  text_ += fmt::format("{} {}\n", labels.size() != 0 ? "}" : "", value);
}

void MetricsText::one(std::string_view name, Kind kind, std::string_view help, double value) {
  metric(name, kind, help);
  sample(value);
}

}  // namespace dotmesh::observe
