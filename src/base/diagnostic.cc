#include "base/diagnostic.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace dotmesh {

std::string SourcePosition::to_string() const {
  if (line == 0) return file;
  if (column == 0) return fmt::format("{}:{}", file, line);
  return fmt::format("{}:{}:{}", file, line, column);
}

void Diagnostics::add(Diagnostic diagnostic) {
  (diagnostic.severity == Severity::kError ? errors_ : warnings_)++;
  if (kept_.size() < kMaxKept) kept_.push_back(std::move(diagnostic));
}

void Diagnostics::error(std::string code, SourcePosition position, std::string message,
                        std::string way_out) {
  add_simple(Severity::kError, std::move(code), std::move(position), std::move(message), std::move(way_out));
}

void Diagnostics::warning(std::string code, SourcePosition position, std::string message,
                          std::string way_out) {
  add_simple(Severity::kWarning, std::move(code), std::move(position), std::move(message), std::move(way_out));
}

void Diagnostics::add_simple(Severity severity, std::string code, SourcePosition position, std::string message,
                             std::string way_out) {
  Diagnostic d;
  d.severity = severity;
  d.code = std::move(code);
  d.position = std::move(position);
  d.message = std::move(message);
  d.way_out = std::move(way_out);
  add(std::move(d));
}

void Diagnostics::sort() {
  std::stable_sort(kept_.begin(), kept_.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return a.position < b.position;
  });
}

void Diagnostics::append(const Diagnostics& other) {
  std::size_t errors = errors_ + other.errors_;
  std::size_t warnings = warnings_ + other.warnings_;
  for (const Diagnostic& d : other.kept_) add(d);
  errors_ = errors;  // also those that `other` had only counted
  warnings_ = warnings;
}

void Diagnostics::rename_file(std::string_view from, std::string_view to) {
  for (Diagnostic& d : kept_) {
    if (d.position.file == from) d.position.file = to;
    if (d.counterpart_position.file == from) d.counterpart_position.file = to;
  }
}

namespace {

// Tabs stay tabs so that the underline stands below its token whatever the terminal's tab width.
std::string underline(std::string_view line, std::uint32_t column, std::uint32_t width) {
  std::string out;
  for (std::uint32_t i = 1; i < column; i++) {
    out += i - 1 < line.size() && line[i - 1] == '\t' ? '\t' : ' ';
  }
  out += '^';
  if (width > 1) out.append(width - 1, '~');
  return out;
}

}  // namespace

std::string render_text(const Diagnostic& d, std::string_view context) {
  std::string out = fmt::format("{}: {}: {}", d.position.to_string(),
                                d.severity == Severity::kError ? "error" : "warning", d.message);
  if (!d.counterpart_position.file.empty()) {
    out += fmt::format(" ({}{}{})", d.counterpart, d.counterpart.empty() ? "" : " at ",
                       d.counterpart_position.to_string());
  }
  out += '\n';
  std::string way_out = d.way_out;
  if (!context.empty()) {
    if (!way_out.empty()) way_out += "; ";
    way_out += context;
  }
  if (!d.source_line.empty() && d.position.line != 0) {
    std::string_view line = d.source_line;
    line = line.substr(0, 200);
    out += fmt::format("{:>5} | {}\n", d.position.line, line);
    std::uint32_t column = std::clamp<std::uint32_t>(d.position.column, 1, 200);
    std::uint32_t width = std::min<std::uint32_t>(
        d.width, line.size() >= column ? static_cast<std::uint32_t>(line.size() - column + 1) : 1);
    out += fmt::format("      | {}{}{}\n", underline(line, column, width), way_out.empty() ? "" : "  ",
                       way_out);
  } else if (!way_out.empty()) {
    out += fmt::format("      {}\n", way_out);
  }
  return out;
}

std::string render_text(const Diagnostics& diagnostics, std::string_view context) {
  std::string out;
  for (const Diagnostic& d : diagnostics.all()) {
    out += render_text(d, d.severity == Severity::kError ? context : std::string_view{});
  }
  std::size_t total = diagnostics.error_count() + diagnostics.warning_count();
  if (total > diagnostics.all().size()) {
    out += fmt::format("... and {} more\n", total - diagnostics.all().size());
  }
  auto plural = [](std::size_t n, std::string_view word) {
    return fmt::format("{} {}{}", n, word, n == 1 ? "" : "s");
  };
  out += fmt::format("{}, {}\n", plural(diagnostics.error_count(), "error"),
                     plural(diagnostics.warning_count(), "warning"));
  return out;
}

}  // namespace dotmesh
