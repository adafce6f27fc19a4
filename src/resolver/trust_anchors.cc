#include "resolver/trust_anchors.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "dnssec/keys.h"
#include "resolver/record_file.h"

namespace dotmesh {
namespace {

// https://data.iana.org/root-anchors/root-anchors.xml
constexpr std::string_view kRootAnchors =
    ". IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D\n"
    ". IN DS 38696 8 2 683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16\n";

std::size_t digest_size(DsDigest digest) {
  switch (digest) {
    case DsDigest::kSha1: return 20;
    case DsDigest::kSha256: case DsDigest::kGost: return 32;
    case DsDigest::kSha384: return 48;
  }
  return 0;
}

// Why nothing can match it; empty if something can.
std::string useless_ds(std::span<const std::uint8_t> rdata) {
  std::optional<DsRecord> ds = DsRecord::from_rdata(rdata);
  if (!ds) return "the DS record is too short";
  if (!is_supported(ds->algorithm())) return fmt::format("algorithm {} is not known to this version", to_string(ds->algorithm()));
  if (!is_supported(ds->digest_type())) {
    return fmt::format("digest type {} is not known to this version", static_cast<unsigned>(ds->digest_type()));
  }
  if (const std::size_t size = digest_size(ds->digest_type()); ds->digest().size() != size) {
    return fmt::format("a digest of type {} has {} octets, this one {}", static_cast<unsigned>(ds->digest_type()), size,
                       ds->digest().size());
  }
  return {};
}

std::string useless_key(std::span<const std::uint8_t> rdata) {
  std::optional<Dnskey> key = Dnskey::from_rdata(rdata);
  if (!key) return "the DNSKEY record has no key";
  if (!is_supported(key->algorithm())) return fmt::format("algorithm {} is not known to this version", to_string(key->algorithm()));
  if (!key->is_zone_key()) return "the key's flags say that it signs no zone (256 or 257 do)";
  if (key->is_revoked()) return "the key's flags say that it is revoked";
  if (key->protocol() != 3) return fmt::format("the key's protocol is {}, not 3", key->protocol());
  return {};
}

TrustAnchor& anchor_of(std::vector<TrustAnchor>& anchors, NameView owner) {
  auto found = std::ranges::find_if(anchors, [&](const TrustAnchor& anchor) { return anchor.owner.view() == owner; });
  if (found != anchors.end()) return *found;
  return anchors.emplace_back(TrustAnchor{.owner = owner, .ds = {}, .dnskey = {}});
}

void add_once(RdataList& list, std::span<const std::uint8_t> rdata) {
  if (!list.contains(rdata)) list.add(rdata);
}

}  // namespace

std::vector<TrustAnchor> built_in_trust_anchors() {
  Diagnostics none;
  return parse_trust_anchors("built-in", kRootAnchors, none);
}

std::vector<TrustAnchor> parse_trust_anchors(const std::string& path, std::string_view text, Diagnostics& diagnostics) {
  std::vector<TrustAnchor> anchors;
  const std::size_t faults_before = diagnostics.error_count();
  for (const FileRecord& record : read_records(path, text, diagnostics)) {
    const bool is_ds = record.type == RRType::kDS;
    if (!is_ds && record.type != RRType::kDNSKEY) {
      add_record_fault(diagnostics, Severity::kError, "not-a-trust-anchor", path, text, record.line,
                       fmt::format("{} records are no trust anchors", to_string(record.type)),
                       "keep DS and DNSKEY records only");
      continue;
    }
    if (std::string why = is_ds ? useless_ds(record.rdata) : useless_key(record.rdata); !why.empty()) {
      add_record_fault(diagnostics, Severity::kWarning, "useless-trust-anchor", path, text, record.line,
                       fmt::format("no key matches this trust anchor: {}", why),
                       fmt::format("remove it, or {} and all below it do not validate", record.owner.to_string()));
    }
    TrustAnchor& anchor = anchor_of(anchors, record.owner);
    add_once(is_ds ? anchor.ds : anchor.dnskey, record.rdata);
  }
  if (anchors.empty() && diagnostics.error_count() == faults_before) {
    diagnostics.warning("no-trust-anchors", {path}, "no trust anchors: no answer is validated",
                        "leave the setting out to have the root's built in");
  }
  return anchors;
}

}  // namespace dotmesh
