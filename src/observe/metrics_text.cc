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

std::string_view kind_word(MetricsText::Kind kind) {
  switch (kind) {
    case MetricsText::Kind::kCounter: return "counter";
    case MetricsText::Kind::kGauge: return "gauge";
    case MetricsText::Kind::kHistogram: return "histogram";
  }
  return "untyped";
}

}  // namespace

void MetricsText::metric(std::string_view name, Kind kind, std::string_view help) {
  name_ = name;
  text_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name,
                       kind_word(kind));
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

void MetricsText::histogram(std::string_view name, std::string_view help,
                            const TimeCounts& counts) {
  metric(name, Kind::kHistogram, help);
  std::uint64_t all = 0;
  for (std::size_t i = 0; i < counts.buckets.size(); ++i) {
    all += counts.buckets[i];
    const std::string bound = i < kTimeBounds.size() ? fmt::format("{}", kTimeBounds[i]) : "+Inf";
    text_ += fmt::format("{}_bucket{{le=\"{}\"}} {}\n", name, bound, all);
  }
  text_ += fmt::format("{}_sum {}\n{}_count {}\n", name,
                       static_cast<double>(counts.nanoseconds) / 1e9, name, all);
}

}  // namespace dotmesh::observe
