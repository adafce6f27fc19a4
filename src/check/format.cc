#include "check/format.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace dotmesh {
namespace {

using nlohmann::ordered_json;

std::string_view word(Severity severity) { return severity == Severity::kError ? "error" : "warning"; }

std::string counted(std::size_t n, std::string_view what) {
  return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s");
}

ordered_json to_json(const Diagnostic& d) {
  ordered_json out = {{"severity", word(d.severity)},     {"code", d.code},
                      {"file", d.position.file},          {"line", d.position.line},
                      {"column", d.position.column},      {"message", d.message},
                      {"record", d.record},               {"source_line", d.source_line},
                      {"counterpart", nullptr},           {"way_out", d.way_out}};
  const SourcePosition& other = d.counterpart_position;
  if (!other.file.empty()) {
    out["counterpart"] = {
        {"record", d.counterpart}, {"file", other.file}, {"line", other.line}, {"column", other.column}};
  }
  return out;
}

// What ends a workflow command's message or property, in the escapes of GitHub's own toolkit.
std::string escape(std::string_view text, bool property) {
  std::string out;
  for (char c : text) {
    switch (c) {
      case '%': out += "%25"; break;
      case '\r': out += "%0D"; break;
      case '\n': out += "%0A"; break;
      case ':': out += property ? "%3A" : ":"; break;
      case ',': out += property ? "%2C" : ","; break;
      default: out += c;
    }
  }
  return out;
}

std::string to_annotation(const Diagnostic& d, std::string_view folder) {
  std::string out = fmt::format("::{} file={}{}", word(d.severity), escape(folder, true),
                                escape(d.position.file, true));
  if (d.position.line != 0) out += fmt::format(",line={}", d.position.line);
  if (d.position.line != 0 && d.position.column != 0) out += fmt::format(",col={}", d.position.column);
  std::string text = d.message;
  if (!d.counterpart_position.file.empty()) {
    text += fmt::format(" ({}{}{})", d.counterpart, d.counterpart.empty() ? "" : " at ",
                        d.counterpart_position.to_string());
  }
  if (!d.way_out.empty()) text += "\n" + d.way_out;
  return out + fmt::format(",title={}::{}\n", escape(d.code, true), escape(text, false));
}

}  // namespace

std::string render_json(const CheckReport& report) {
  ordered_json out = {{"errors", report.diagnostics.error_count()},
                      {"warnings", report.diagnostics.warning_count()},
                      {"zones", report.zones},
                      {"records", report.records},
                      {"diagnostics", ordered_json::array()}};
  for (const Diagnostic& d : report.diagnostics.all()) out["diagnostics"].push_back(to_json(d));
  return out.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

std::string render_github(const CheckReport& report, std::string_view folder) {
  std::string out;
  for (const Diagnostic& d : report.diagnostics.all()) out += to_annotation(d, folder);
  return out + fmt::format("{}, {}\n", counted(report.diagnostics.error_count(), "error"),
                           counted(report.diagnostics.warning_count(), "warning"));
}

}  // namespace dotmesh
