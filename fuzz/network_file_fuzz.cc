// Any octets as the network file: every fault is told in words, nothing crashes, and the same text
// gives the same plan twice. Small networks are loaded whole; what a load accepts, it accepts again
// upon itself.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "network/loader.h"
#include "network/zone_plan.h"

namespace dotmesh {
namespace {

constexpr const char* kZone =
    "$TTL 60\n@ SOA ns host 1 2 3 4 5\n@ NS ns\nns A 10.0.0.1\nb A 10.0.0.1\nns AAAA 2001:db8::1\nx CNAME ns\n";
// Larger plans are right as well, and take their time.
constexpr std::uint64_t kMaxTried = 5000;
constexpr std::size_t kMaxLoadedZones = 200;

[[noreturn]] void broken(const char* what, const std::string& text) {
  std::fprintf(stderr, "%s\n%s\n", what, text.c_str());
  std::abort();
}

void try_network_file(std::string text) {
  MemoryTree tree({{"dotmesh.toml", std::move(text)}, {"mesh.zone", kZone}, {"zones/a.zone", kZone}});
  Diagnostics diagnostics;
  ZonePlan plan = plan_zones(tree, diagnostics);
  std::string told = render_text(diagnostics);
  Diagnostics again;
  if (plan_zones(tree, again).zones.size() != plan.zones.size() || render_text(again) != told) {
    broken("two plans of one text", told);
  }
  std::uint64_t records = 0;
  for (const PlannedZone& zone : plan.zones) {
    for (const GenerateRule& rule : zone.generate) records += rule.count();
  }
  if (records * (plan.zones.size() + 1) > kMaxTried || plan.zones.size() > kMaxLoadedZones) return;
  LoadResult first = load_generation(tree, {}, nullptr);
  if (first.generation == nullptr) {
    if (!first.diagnostics.has_errors()) broken("refused without a word", told);
    return;
  }
  if (first.diagnostics.has_errors() || diagnostics.has_errors()) broken("accepted with errors", told);
  LoadResult second = load_generation(tree, {}, first.generation);
  if (second.generation == nullptr || second.records_added + second.records_removed != 0) {
    broken("the same text is another network", render_text(second.diagnostics));
  }
}

}  // namespace
}  // namespace dotmesh

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  dotmesh::try_network_file(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
