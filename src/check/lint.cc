#include "check/lint.h"

#include "check/lint_report.h"
#include "check/network_records.h"

namespace dotmesh {
namespace {

// Where `token` stands in `line` as a whole word; npos when it does not.
std::size_t find_word(std::string_view line, std::string_view token) {
  constexpr std::string_view kBetween = " \t();";
  for (std::size_t at = line.find(token); at != std::string_view::npos; at = line.find(token, at + 1)) {
    std::size_t end = at + token.size();
    bool begins = at == 0 || kBetween.find(line[at - 1]) != std::string_view::npos;
    bool ends = end == line.size() || kBetween.find(line[end]) != std::string_view::npos;
    if (begins && ends) return at;
  }
  return std::string_view::npos;
}

}  // namespace

std::string relative_text(NameView name, NameView origin) {
  if (!name.is_below(origin) || origin.is_root()) return name.to_string();
  std::string text = name.to_string();
  text.resize(text.size() - origin.to_string().size() - 1);
  return text;
}

void LintReport::warn(const LintRecord& record, const Finding& finding) {
  if (network_.plan().config.acknowledged(finding.code, finding.subject)) return;
  Diagnostic d = places_.fault(Severity::kWarning, finding.code, network_.file_name(record.file), record.line,
                               finding.message, finding.way_out);
  d.record = record.to_text();
  if (!finding.underline.empty()) {
    for (const std::string& word : {finding.underline, finding.underline + "."}) {
      std::size_t at = find_word(d.source_line, word);
      if (at == std::string::npos) continue;
      d.position.column = static_cast<std::uint32_t>(at + 1);
      d.width = static_cast<std::uint32_t>(word.size());
      break;
    }
  }
  if (finding.counterpart != nullptr) {
    d.counterpart = finding.counterpart->to_text();
    d.counterpart_position =
        places_.position(network_.file_name(finding.counterpart->file), finding.counterpart->line);
  }
  diagnostics_.add(std::move(d));
}

void LintReport::warn(SourcePosition position, const Finding& finding) {
  if (network_.plan().config.acknowledged(finding.code, finding.subject)) return;
  diagnostics_.warning(finding.code, std::move(position), finding.message, finding.way_out);
}

void lint_network(const FileTree& tree, const ZonePlan& plan, Diagnostics& diagnostics) {
  NetworkRecords network(tree, plan);
  LintReport report(tree, network, diagnostics);
  lint_targets(network, report);
  lint_delegations(network, report);
  lint_addresses(network, report);
  lint_rrsets(network, report);
  lint_files(tree, network, report);
}

}  // namespace dotmesh
