#include "network/explain.h"

#include <fmt/format.h>

#include <optional>
#include <unordered_map>

#include "network/record_place.h"

namespace dotmesh {
namespace {

struct Where {
  RRType type;
  std::uint32_t file;
  std::uint32_t line;
};

// Remembers where certain records stand: the first two of a type at an owner, as one is at fault and
// the other its counterpart.
class Locator : public RecordSink {
 public:
  // `type` kANY: of any type.
  void want(NameView owner, RRType type) {
    std::vector<Wanted>& at_owner = wanted_[Name(owner)];
    for (const Wanted& wanted : at_owner) {
      if (wanted.type == type) return;
    }
    at_owner.push_back({type, {}});
  }

  void on_record(const RecordView& record) override {
    auto found = wanted_.find(record.owner);
    if (found == wanted_.end()) return;
    for (Wanted& wanted : found->second) {
      if (wanted.type != RRType::kANY && wanted.type != record.type) continue;
      if (wanted.found.size() < 2) wanted.found.push_back({record.type, record.file, record.line});
    }
  }

  // The `nth` record from 0.
  std::optional<Where> find(NameView owner, RRType type, std::size_t nth) const {
    auto found = wanted_.find(owner);
    if (found == wanted_.end()) return std::nullopt;
    for (const Wanted& wanted : found->second) {
      if (wanted.type == type && nth < wanted.found.size()) return wanted.found[nth];
    }
    return std::nullopt;
  }

 private:
  struct Wanted {
    RRType type;
    std::vector<Where> found;
  };
  std::unordered_map<Name, std::vector<Wanted>, NameHash, NameEqual> wanted_;
};

struct Words {
  std::string code;
  std::string message;
  std::string way_out;
};

Words words_for(const Violation& v, NameView origin) {
  std::string owner = v.owner.to_string();
  std::string zone = origin.to_string();
  std::string type = v.type == RRType::kANY ? "record" : to_string(v.type);
  switch (v.kind) {
    case ViolationKind::kNoSoa:
      return {"no-soa", fmt::format("zone \"{}\" has no SOA record", zone),
              fmt::format("begin the file with \"@ SOA ...\"; is \"{}\" the right name for it?", zone)};
    case ViolationKind::kManySoa:
      return {"many-soa", fmt::format("a second SOA record at \"{}\"", owner), "keep one of the two"};
    case ViolationKind::kSoaBelowApex:
      return {"soa-below-apex", fmt::format("SOA at \"{}\", below the zone \"{}\"", owner, zone),
              "a child zone is a file of its own"};
    case ViolationKind::kNoNs:
      return {"no-ns", fmt::format("zone \"{}\" has no NS record", zone),
              "add \"@ NS\" and the name of its server"};
    case ViolationKind::kOutOfZone:
      return {"out-of-zone", fmt::format("{} at \"{}\" lies outside the zone \"{}\"", type, owner, zone),
              "move it to its own zone, or correct the name"};
    case ViolationKind::kNotClassIn:
      return {"not-class-in", fmt::format("{} at \"{}\" is not of class IN", type, owner),
              "remove the class"};
    case ViolationKind::kMetaType:
      return {"meta-type", fmt::format("{} at \"{}\" is no data of a zone", type, owner), "remove it"};
    case ViolationKind::kCnameAndOther:
      return {"cname-and-other-data", fmt::format("CNAME at \"{}\" beside other records", owner),
              "keep one of the two"};
    case ViolationKind::kManyCname:
      return {"many-cname", fmt::format("a second CNAME at \"{}\"", owner), "keep one of the two"};
    case ViolationKind::kManyDname:
      return {"many-dname", fmt::format("a second DNAME at \"{}\"", owner), "keep one of the two"};
    case ViolationKind::kDnameAndCname:
      return {"dname-and-cname", fmt::format("CNAME at \"{}\" beside a DNAME", owner),
              "keep one of the two"};
    case ViolationKind::kBelowDname:
      return {"below-dname", fmt::format("\"{}\" lies below a DNAME", owner),
              "remove one of the two: a DNAME redirects every name below it"};
    case ViolationKind::kDsAtApex:
      return {"ds-at-apex", fmt::format("DS at the apex \"{}\"", owner),
              "DS records of this zone belong into its parent"};
    case ViolationKind::kWildcardNs:
      return {"wildcard-ns", fmt::format("NS at the wildcard \"{}\"", owner),
              "delegate each name that is meant"};
    case ViolationKind::kWildcardDname:
      return {"wildcard-dname", fmt::format("DNAME at the wildcard \"{}\"", owner),
              "write a DNAME at each name that is meant"};
    case ViolationKind::kRRsetTooLarge:
      return {"rrset-too-large",
              fmt::format("the {}s at \"{}\" do not fit a message of 65535 octets", type, owner),
              "spread them over several names"};
  }
  return {"zone", fmt::format("zone \"{}\" cannot be served", zone), ""};
}

// Where the record at fault stands, and its counterpart.
struct Pair {
  std::optional<Where> fault;
  std::optional<Where> other;
};

Pair locate(const Violation& v, const Locator& locator) {
  switch (v.kind) {
    case ViolationKind::kNoSoa:
    case ViolationKind::kNoNs:
      return {};
    case ViolationKind::kManySoa:
    case ViolationKind::kManyCname:
    case ViolationKind::kManyDname:
      return {locator.find(v.owner, v.type, 1), locator.find(v.owner, v.type, 0)};
    case ViolationKind::kCnameAndOther:
      return {locator.find(v.owner, RRType::kCNAME, 0), locator.find(v.owner, v.other_type, 0)};
    case ViolationKind::kBelowDname:
      return {locator.find(v.owner, v.type, 0), locator.find(v.other_owner, RRType::kDNAME, 0)};
    default:
      return {locator.find(v.owner, v.type, 0),
              v.other_type == RRType::kANY ? std::nullopt : locator.find(v.other_owner, v.other_type, 0)};
  }
}

}  // namespace

void explain_violations(const FileTree& tree, const ZonePlan& plan, std::size_t zone,
                        const std::vector<Violation>& violations, Diagnostics& diagnostics) {
  Locator locator;
  for (const Violation& v : violations) {
    locator.want(v.owner, v.type);
    if (v.other_type != RRType::kANY) locator.want(v.other_owner, v.other_type);
  }
  Diagnostics told_already;
  PlanReader reader(tree, plan, told_already);
  reader.read(zone, locator);
  RecordPlaces places(tree, plan);
  const PlannedZone& z = plan.zones[zone];
  const PlannedZone& source = plan.zones[z.twin_of.value_or(zone)];
  for (const Violation& v : violations) {
    Words words = words_for(v, z.origin);
    auto [fault, other] = locate(v, locator);
    Diagnostic d;
    if (fault) {
      d = places.fault(Severity::kError, std::move(words.code), reader.file_name(fault->file), fault->line,
                       std::move(words.message), std::move(words.way_out));
    } else {
      d.code = std::move(words.code);
      d.message = std::move(words.message);
      d.way_out = std::move(words.way_out);
      d.position = source.file.empty() ? plan.network_file.position(source.declared)
                                       : SourcePosition{source.file, 0, 0};
    }
    if (other) {
      d.counterpart = to_string(other->type);
      d.counterpart_position = places.position(reader.file_name(other->file), other->line);
    }
    diagnostics.add(std::move(d));
  }
}

}  // namespace dotmesh
