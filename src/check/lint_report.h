// LintReport: how a lint says what it has found: at a record, with its counterpart, unless the
// network file acknowledges it. One thread.
#pragma once

#include <string>
#include <string_view>

#include "base/diagnostic.h"
#include "check/network_records.h"
#include "network/record_place.h"

namespace dotmesh {

class LintReport {
 public:
  LintReport(const FileTree& tree, const NetworkRecords& network, Diagnostics& diagnostics)
      : network_(network), places_(tree, network.plan()), diagnostics_(diagnostics) {}

  // What a lint found.
  struct Finding {
    std::string code;
    std::string subject;  // a name or an address; `acknowledge = ["CODE:SUBJECT"]` silences it
    std::string message;
    std::string way_out;
    std::string underline = {};               // the token at fault, as it may be written; empty: the first
    const LintRecord* counterpart = nullptr;
  };
  void warn(const LintRecord& record, const Finding& finding);
  // Not about one record.
  void warn(SourcePosition position, const Finding& finding);
  // Warnings so far.
  std::size_t count() const { return diagnostics_.warning_count(); }

 private:
  const NetworkRecords& network_;
  RecordPlaces places_;
  Diagnostics& diagnostics_;
};

// The lints, each in a file of its own.
void lint_targets(const NetworkRecords& network, LintReport& report);
void lint_delegations(const NetworkRecords& network, LintReport& report);
void lint_addresses(const NetworkRecords& network, LintReport& report);
void lint_rrsets(const NetworkRecords& network, LintReport& report);
void lint_files(const FileTree& tree, const NetworkRecords& network, LintReport& report);

// `name` as people write it in a zone file of `origin`: without the origin's part.
std::string relative_text(NameView name, NameView origin);

}  // namespace dotmesh
