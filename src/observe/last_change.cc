#include "observe/last_change.h"

#include <utility>

#include "observe/json_text.h"
#include "observe/zone_changes.h"

namespace dotmesh::observe {
namespace {

using nlohmann::json;

json commit_json(const Generation* generation) {
  return generation != nullptr ? json(generation->commit.id) : json();
}

std::string_view word(ZoneChange what) {
  switch (what) {
    case ZoneChange::kChanged:
      return "changed";
    case ZoneChange::kCame:
      return "added";
    case ZoneChange::kWent:
      return "removed";
  }
  return "";
}

json record_json(const RecordChange& record) {
  return {{"owner", record.owner.to_string()},
          {"type", record.type},
          {"before", record.before.empty() ? json() : json(record.before)},
          {"after", record.after.empty() ? json() : json(record.after)}};
}

json zone_json(const ZoneChanges& zone) {
  json records = json::array();
  for (const RecordChange& record : zone.records) records.push_back(record_json(record));
  return {{"name", zone.origin.to_string()},
          {"twin_of", zone.twin_of ? json(zone.twin_of->to_string()) : json()},
          {"what", word(zone.what)},
          {"serial_before", zone.serial_before},
          {"serial_after", zone.serial_after},
          {"added", zone.added},
          {"removed", zone.removed},
          {"changed", zone.changed},
          {"proofs", zone.proofs},
          {"records", std::move(records)}};
}

json changes_json(const Generation* before, const Generation* after) {
  json out = {{"from", commit_json(before)}, {"to", commit_json(after)}, {"zones", json::array()}};
  GenerationChanges changes;
  if (before != nullptr && after != nullptr) changes = changes_between(*before, *after);
  for (const ZoneChanges& zone : changes.zones) out["zones"].push_back(zone_json(zone));
  out["zones_not_told"] = changes.zones_not_told;
  out["records_not_told"] = changes.records_not_told;
  return out;
}

}  // namespace

void LastChange::take(Generations generation,
                      const std::function<Generations(const Generations&)>& before) {
  if (generation == nullptr || generation == served_) return;
  if (served_ == nullptr && before) served_ = before(generation);
  std::string text = json_text(changes_json(served_.get(), generation.get()));
  served_ = std::move(generation);
  std::lock_guard lock(mutex_);
  json_ = std::move(text);
}

std::string LastChange::json() const {
  std::lock_guard lock(mutex_);
  return json_.empty() ? json_text(changes_json(nullptr, nullptr)) : json_;
}

}  // namespace dotmesh::observe
