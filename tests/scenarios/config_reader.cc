// The lines of a scenario in front of CONFIG_END.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <ctime>

#include "scenarios/scenario_reader.h"

namespace dotmesh::scenarios {
namespace {

std::string_view unquoted(std::string_view text) {
  text = trimmed(text);
  while (!text.empty() && (text.front() == '"' || text.front() == '\'')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == '"' || text.back() == '\'')) text.remove_suffix(1);
  return text;
}

bool is_on(std::string_view text) {
  return text == "yes" || text == "on" || text == "true" || text == "1";
}

std::optional<std::int64_t> number_of(std::string_view text) {
  std::int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// YYYYMMDDHHMMSS, UTC.
std::optional<std::int64_t> date_of(std::string_view text) {
  if (text.size() != 14 || !number_of(text)) return std::nullopt;
  auto part = [&](std::size_t at, std::size_t size) { return static_cast<int>(*number_of(text.substr(at, size))); };
  std::tm date{};
  date.tm_year = part(0, 4) - 1900;
  date.tm_mon = part(4, 2) - 1;
  date.tm_mday = part(6, 2);
  date.tm_hour = part(8, 2);
  date.tm_min = part(10, 2);
  date.tm_sec = part(12, 2);
  return timegm(&date);
}

}  // namespace

bool ConfigReader::read_trust_anchor(std::string_view text) {
  auto record = records_.parse(trimmed(without_comment(text)));
  if (!record || (record->type != RRType::kDS && record->type != RRType::kDNSKEY)) return false;
  auto& anchors = scenario_.settings.trust_anchors;
  auto at = std::ranges::find_if(anchors, [&](const TrustAnchor& a) { return a.owner.view() == record->owner.view(); });
  if (at == anchors.end()) {
    anchors.push_back({record->owner, {}, {}});
    at = anchors.end() - 1;
  }
  (record->type == RRType::kDS ? at->ds : at->dnskey).add(record->rdata);
  return true;
}

// Knot Resolver's limits of TTLs.
bool ConfigReader::read_feature(std::string_view text) {
  std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) return false;
  std::string_view key = trimmed(text.substr(0, equals));
  auto value = number_of(trimmed(text.substr(equals + 1)));
  if (!value) return false;
  if (key == "min_ttl") {
    scenario_.settings.cache_min_ttl = std::chrono::seconds(*value);
  } else if (key == "max_ttl") {
    scenario_.settings.cache_max_ttl = std::chrono::seconds(*value);
  } else {
    return false;
  }
  return true;
}

// "ZONE ADDRESS...": a forward zone, and "serve-stale: SECONDS", are this project's own.
bool ConfigReader::read_forward(std::string_view value) {
  const auto words = words_of(value);
  if (words.size() < 2) return false;
  auto zone = Name::parse(words[0]);
  if (!zone) return false;
  ForwardZone forward;
  forward.zone = *zone;
  for (std::string_view word : std::span(words).subspan(1)) {
    auto address = SocketAddress::parse(word, 53);
    if (!address) return false;
    forward.servers.push_back(*address);
  }
  scenario_.settings.forwards.push_back(std::move(forward));
  return true;
}

bool ConfigReader::read_setting(std::string_view key, std::string_view value) {
  ResolverSettings& settings = scenario_.settings;
  if (key == "server" || key == "stub-zone") return value.empty();  // headings of Unbound's own files
  if (key == "name") return value == ".";
  if (key == "stub-addr") {
    auto address = SocketAddress::parse(value, 53);
    if (address) scenario_.roots.push_back(*address);
    return address.has_value();
  }
  if (key == "stub-name") {
    auto name = Name::parse(value);
    if (name) settings.root_hints.push_back({*name, {}});
    return name.has_value();
  }
  if (key == "trust-anchor") return read_trust_anchor(value);
  if (key == "domain-insecure") {
    auto name = Name::parse(value);
    if (name) settings.negative_trust_anchors.push_back(*name);
    return name.has_value();
  }
  if (key == "forward") return read_forward(value);
  if (key == "serve-stale") {
    auto seconds = number_of(value);
    if (seconds) settings.serve_stale = std::chrono::seconds(*seconds);
    return seconds.has_value();
  }
  if (key == "val-override-date" || key == "val-override-timestamp") {
    auto time = key == "val-override-date" ? date_of(value) : number_of(value);
    if (time) scenario_.wall = *time;
    return time.has_value();
  }
  if (key == "query-minimization" || key == "qname-minimisation") {
    scenario_.qname_minimisation = settings.qname_minimisation = is_on(value);
  } else if (key == "do-ip4") {
    settings.ipv4 = is_on(value);
  } else if (key == "do-ip6") {
    settings.ipv6 = is_on(value);
  } else if (key == "do-not-query-localhost") {
    settings.allow_loopback_servers = !is_on(value);
  } else if (key == "harden-glue") {
    scenario_.harden_glue = is_on(value);
  } else if (key == "features") {
    return read_feature(value);
  } else {
    return false;
  }
  return true;
}

void ConfigReader::read(unsigned number, std::string_view line) {
  line = trimmed(without_comment(line.substr(0, line.find('#'))));
  if (line.empty()) return;
  std::size_t colon = line.find(':');
  bool good = colon != std::string_view::npos &&
              read_setting(trimmed(line.substr(0, colon)), unquoted(line.substr(colon + 1)));
  if (!good) scenario_.not_understood.push_back(fmt::format("line {}: {}", number, line));
}

}  // namespace dotmesh::scenarios
