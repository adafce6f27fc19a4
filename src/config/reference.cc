#include "config/reference.h"

#include <fmt/format.h>

namespace dotmesh {
namespace {

// A "|" would end the cell.
std::string cell(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

void write_table(const TableSpec& spec, const std::string& path, std::string& out) {
  if (!path.empty()) {
    out += fmt::format("\n## {}{}{}\n\n{}\n", spec.repeated ? "`[[" : "`[", path,
                       spec.repeated ? "]]`" : "]`", spec.meaning);
  }
  if (!spec.settings.empty()) {
    out += "\n| setting | value | default | meaning |\n|---|---|---|---|\n";
    for (const Setting& s : spec.settings) {
      std::string fallback = s.required               ? "required"
                             : s.default_text.empty() ? "none"
                                                      : fmt::format("`{}`", s.default_text);
      out +=
          fmt::format("| `{}` | {} | {} | {} |\n", s.name, s.type, cell(fallback), cell(s.meaning));
    }
  }
  for (const TableSpec& t : spec.tables) {
    write_table(t, path.empty() ? std::string(t.name) : fmt::format("{}.{}", path, t.name), out);
  }
}

// Text of a manual page: a backslash or hyphen stands for itself, and no line begins as a request.
std::string roff(std::string_view text) {
  std::string out = text.starts_with('.') || text.starts_with('\'') ? "\\&" : "";
  for (char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  return out;
}

void write_man_table(const TableSpec& spec, const std::string& path, std::string& out) {
  if (!path.empty()) {
    out += fmt::format(".SH {}{}{}\n{}\n", spec.repeated ? "[[" : "[", roff(path),
                       spec.repeated ? "]]" : "]", roff(spec.meaning));
  }
  for (const Setting& s : spec.settings) {
    const std::string fallback = s.required ? "required"
                                 : s.default_text.empty()
                                     ? "no default"
                                     : fmt::format("default {}", s.default_text);
    out += fmt::format(".TP\n.B {}\n{} ({}; {})\n", roff(s.name), roff(s.meaning), roff(s.type),
                       roff(fallback));
  }
  for (const TableSpec& t : spec.tables) {
    write_man_table(t, path.empty() ? std::string(t.name) : fmt::format("{}.{}", path, t.name),
                    out);
  }
}

}  // namespace

std::string settings_man_page(const TableSpec& file, const std::string& title) {
  std::string out = fmt::format(
      ".\\\" Written from the table of settings in src/config; do not edit.\n"
      ".TH {} 5 \"\" dotmesh\n.SH NAME\n{} \\- the {} of dotmesh\n.SH DESCRIPTION\n{}\n.PP\n"
      "The file is TOML. Durations and sizes take units (\"60s\", \"512MiB\"), addresses are "
      "ADDRESS[@PORT] with "
      "IPv6 without brackets, relative paths start at the folder of the file that names them.\n",
      roff(title), roff(title), file.name, roff(file.meaning));
  write_man_table(file, {}, out);
  return out;
}

std::string settings_reference(const TableSpec& file) {
  std::string out = fmt::format(
      "# The {}\n\n<!-- Written from the table of settings in src/config; do not edit.\n     After "
      "a "
      "change there: DOTMESH_WRITE_REFERENCE=1 build/src/config/config_test -->\n\n{}\n\nThe file "
      "is "
      "TOML. Durations and sizes take units (`\"60s\"`, `\"1h30m\"`, `\"512MiB\"`), addresses are "
      "`ADDRESS[@PORT]` with IPv6 without brackets, relative paths start at the folder of the file "
      "that "
      "names them.\n",
      file.name, file.meaning);
  write_table(file, {}, out);
  return out;
}

}  // namespace dotmesh
