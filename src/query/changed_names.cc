#include "query/changed_names.h"

#include <map>
#include <set>

namespace dotmesh {
namespace {

template <typename Value>
using ByName = std::map<Name, Value, CanonicalLess>;

ByName<std::shared_ptr<const Zone>> zones_of(const PolicyOfGeneration& state) {
  ByName<std::shared_ptr<const Zone>> zones;
  if (state.generation == nullptr) return zones;
  for (const auto& zone : state.generation->zones.zones()) zones.emplace(zone->origin(), zone);
  return zones;
}

ByName<const ForwardZone*> forwards_of(const PolicyOfGeneration& state) {
  ByName<const ForwardZone*> forwards;
  for (const ForwardZone& forward : state.policy->resolver->forwards) forwards.emplace(forward.zone, &forward);
  return forwards;
}

bool same_route(const ForwardZone* a, const ForwardZone* b) {
  return a->kind == b->kind && a->private_zone == b->private_zone && a->servers == b->servers;
}

// Keys of one that the other has not, or has otherwise.
template <typename Value, typename Same>
void add_differences(const ByName<Value>& before, const ByName<Value>& after, Same same,
                     std::set<Name, CanonicalLess>& names) {
  for (const auto& [name, value] : before) {
    auto found = after.find(name);
    if (found == after.end() || !same(value, found->second)) names.insert(name);
  }
  for (const auto& [name, value] : after) {
    if (!before.contains(name)) names.insert(name);
  }
}

}  // namespace

std::vector<Name> changed_names(const PolicyOfGeneration& before, const PolicyOfGeneration& after) {
  std::set<Name, CanonicalLess> names;
  const bool in_process = before.policy->in_process && after.policy->in_process;
  // Records of zones that are answered in process are never in a cache.
  add_differences(zones_of(before), zones_of(after),
                  [in_process](const auto& a, const auto& b) { return in_process || a == b; }, names);
  add_differences(forwards_of(before), forwards_of(after), same_route, names);
  // What lies below another of them goes with it.
  std::vector<Name> out;
  for (const Name& name : names) {
    if (!out.empty() && name.view().is_at_or_below(out.back())) continue;
    out.push_back(name);
  }
  return out;
}

}  // namespace dotmesh
