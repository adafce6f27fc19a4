#include "check/check.h"

#include "check/lint.h"
#include "network/loader.h"
#include "network/zone_plan.h"

namespace dotmesh {

CheckReport check_network(const FileTree& tree, const CommitInfo& commit) {
  CheckReport report;
  LoadResult loaded = load_generation(tree, commit, nullptr);
  report.diagnostics = std::move(loaded.diagnostics);
  if (loaded.generation) {
    for (const auto& zone : loaded.generation->zones.zones()) {
      report.zones++;
      report.records += zone->record_count();
    }
  }
  Diagnostics reported;  // by the loader already
  ZonePlan plan = plan_zones(tree, reported);
  if (!reported.has_errors()) lint_network(tree, plan, report.diagnostics);
  report.diagnostics.sort();
  return report;
}

}  // namespace dotmesh
