#include "control/commands.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/version.h"
#include "dns/name.h"
#include "dnssec/keys.h"

namespace dotmesh {
namespace {

using nlohmann::json;

// `zones` of a repository of ten thousand stays readable in one answer.
constexpr std::size_t kMaxZonesListed = 100'000;

std::string dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

json commit_json(const CommitInfo& commit) {
  return {{"commit", commit.id},
          {"author", commit.author},
          {"subject", commit.subject},
          {"time", utc_time_text(Clock::Wall(std::chrono::seconds(commit.time)))},
          {"serial", commit.serial}};
}

json serving_json(const UpdaterStatus& status, const Generation& generation) {
  json out = commit_json(status.served);
  out["since"] = utc_time_text(status.served_since);
  out["zones"] = generation.zone_infos.size();
  out["warnings"] = status.warnings;
  out["from_last_good"] = status.from_last_good;
  out["serial_note"] = status.serial_note;
  return out;
}

json messages_json(const MessageCounts<std::uint64_t>& m) {
  return {{"received", m.received},   {"answered", m.answered},   {"dropped", m.dropped},
          {"malformed", m.malformed}, {"truncated", m.truncated}, {"send_failed", m.send_failed}};
}

json trust_json(const TrustPoint& point) {
  const auto time = [](std::int64_t seconds) {
    return utc_time_text(Clock::Wall(std::chrono::seconds(seconds)));
  };
  json keys = json::array();
  for (const AnchorKey& key : point.keys) {
    const std::optional<Dnskey> dnskey = Dnskey::from_rdata(key.rdata);
    keys.push_back({{"tag", dnskey ? dnskey->key_tag() : 0},
                    {"state", to_string(key.state)},
                    {"since", time(key.since)}});
  }
  return {{"zone", point.zone.to_string()},
          {"keys", keys},
          {"seen", time(point.seen)},
          {"next_look", time(point.next)}};
}

// Everything that keeps the node from being as it should, in words, the worst first.
json faults_json(const UpdaterStatus& status, bool serving, const anycast::Status& routes) {
  json faults = json::array();
  if (!serving) faults.push_back("nothing is served yet");
  if (!status.refused_commit.empty()) {
    faults.push_back(fmt::format("commit {} is refused: {} error{}", short_commit_id(status.refused_commit),
                                 status.refused_errors, status.refused_errors == 1 ? "" : "s"));
  }
  for (const std::string* fault : {&status.fetch_fault, &status.state_fault, &status.serial_note}) {
    if (!fault->empty()) faults.push_back(*fault);
  }
  if (!routes.fault.empty()) faults.push_back(routes.fault);
  for (const anycast::ServiceStatus& service : routes.services) {
    if (!service.mesh_fault.empty())
      faults.push_back(fmt::format("{} does not resolve the mesh ({}); other nodes answer for it, and it stays announced", service.address,
                                   service.mesh_fault));
    if (!service.presented || routes.drained || service.announced == anycast::Route::kNormal || service.why == routes.fault) continue;
    faults.push_back(fmt::format("{} is not announced: {}", service.address, service.why));
  }
  return faults;
}

Result<std::string> status_command(const ControlContext& context) {
  const UpdaterStatus status = context.updater->status();
  const auto generation = context.published->current();
  json out;
  out["version"] = kVersion;
  out["node"] = context.node_name;
  out["started"] = utc_time_text(context.started);
  out["uptime_seconds"] =
      std::chrono::duration_cast<std::chrono::seconds>(context.clock->wall() - context.started).count();
  out["listening"] = context.listening;
  out["source"] = {{"from", status.source},
                   {"last_fetch", utc_time_text(status.last_fetch)},
                   {"fault", status.fetch_fault},
                   {"failures", status.fetch_failures}};
  out["serving"] = generation ? serving_json(status, *generation) : json();
  out["refused"] = status.refused_commit.empty()
                       ? json()
                       : json{{"commit", status.refused_commit},
                              {"since", utc_time_text(status.refused_since)},
                              {"errors", status.refused_errors},
                              {"text", status.refused_text}};
  out["state_fault"] = status.state_fault;
  const anycast::Status routes = context.anycast ? context.anycast() : anycast::Status{};
  out["faults"] = faults_json(status, generation != nullptr, routes);
  if (context.anycast) out["anycast"] = json::parse(anycast::write_status(routes));
  const ServerStats stats = context.server_stats();
  out["udp"] = messages_json(stats.udp);
  out["tcp"] = messages_json(stats.tcp);
  out["tcp"]["connections_accepted"] = stats.connections.accepted;
  out["udp"]["later"] = stats.udp.later;
  out["tcp"]["later"] = stats.tcp.later;
  const auto& upstream = stats.upstream;
  out["upstream"] = {{"udp_sent", upstream.udp_sent},         {"udp_received", upstream.udp_received},
                     {"udp_sockets", upstream.udp_sockets},   {"tcp_sent", upstream.tcp_sent},
                     {"tcp_received", upstream.tcp_received}, {"tcp_connections", upstream.tcp_connections},
                     {"unmatched", upstream.unmatched},       {"forged", upstream.forged},
                     {"fragmented", upstream.fragmented},
                     {"failed", upstream.failed}};
  if (context.resolver_counts) {
    for (const auto& [name, count] : context.resolver_counts()) out["resolver"][name] = count;
  }
  if (context.trust_points) {
    out["trust_anchors"] = json::array();
    for (const TrustPoint& point : context.trust_points()) {
      out["trust_anchors"].push_back(trust_json(point));
    }
  }
  out["tcp"]["connections_open"] = stats.connections.accepted - stats.connections.closed;
  return dump(out);
}

// What the other nodes ask (observe/fleet.h); one word says how this one is.
Result<std::string> node_command(const ControlContext& context) {
  const UpdaterStatus status = context.updater->status();
  const auto generation = context.published->current();
  const anycast::Status routes = context.anycast ? context.anycast() : anycast::Status{};
  std::string_view state = "well";
  if (generation == nullptr) {
    state = "empty";
  } else if (routes.drained) {
    state = "drained";
  } else if (!faults_json(status, true, routes).empty()) {
    state = "faults";
  }
  return dump({{"node", context.node_name},
               {"state", state},
               {"commit", generation ? generation->commit.id : std::string()},
               {"version", kVersion}});
}

std::string_view result_word(RefreshResult result) {
  switch (result) {
    case RefreshResult::kPublished: return "published";
    case RefreshResult::kUnchanged: return "unchanged";
    case RefreshResult::kRefused: return "refused";
    case RefreshResult::kUnreachable: return "unreachable";
    case RefreshResult::kStopped: return "stopped";
  }
  return "";
}

Result<std::string> reload_command(const ControlContext& context) {
  const RefreshOutcome outcome = context.follower->refresh();
  if (outcome.result == RefreshResult::kStopped) return fail("the daemon is stopping");
  return dump({{"result", result_word(outcome.result)},
               {"commit", outcome.commit},
               {"serving", outcome.serving},
               {"text", outcome.text}});
}

json zone_json(const ZoneInfo& info) {
  return {{"name", info.origin.to_string()},
          {"file", info.file},
          {"twin_of", info.twin_of ? json(info.twin_of->to_string()) : json()},
          {"serial", info.zone ? info.zone->serial() : 0},
          {"records", info.zone ? info.zone->record_count() : 0},
          {"names", info.zone ? info.zone->name_count() : 0},
          {"warnings", info.warnings.size()}};
}

Result<std::string> zones_command(const ControlContext& context) {
  const auto generation = context.published->current();
  if (!generation) return fail("nothing is served yet");
  json zones = json::array();
  const std::size_t count = std::min(generation->zone_infos.size(), kMaxZonesListed);
  for (std::size_t i = 0; i < count; i++) zones.push_back(zone_json(generation->zone_infos[i]));
  return dump({{"commit", generation->commit.id},
               {"total", generation->zone_infos.size()},
               {"zones", std::move(zones)}});
}

Result<std::string> zone_command(const ControlContext& context, const std::string& argument) {
  const auto generation = context.published->current();
  if (!generation) return fail("nothing is served yet");
  const std::string absolute = argument.ends_with('.') ? argument : argument + ".";
  auto name = Name::parse(absolute);
  if (!name) return fail(fmt::format("\"{}\" is no zone name: {}", argument, name.error().message));
  for (const ZoneInfo& info : generation->zone_infos) {
    if (!NameEqual{}(info.origin, *name)) continue;
    json out = zone_json(info);
    out["commit"] = generation->commit.id;
    out["file_serial"] = info.file_serial;
    out["generate_rules"] = info.generated_rules;
    out["reverse_of"] = json::array();
    for (const Name& other : info.reverse_of) out["reverse_of"].push_back(other.to_string());
    out["warning_text"] = json::array();
    for (const Diagnostic& warning : info.warnings) out["warning_text"].push_back(render_text(warning));
    return dump(out);
  }
  return fail(fmt::format("no zone \"{}\" is served; dotmesh zones lists them", absolute));
}

Result<std::string> flush_command(const ControlContext& context, const std::string& argument) {
  if (!context.flush) return fail("this node has no resolver; [[listen]] role says what an address does");
  const std::string absolute = argument.ends_with('.') ? argument : argument + ".";
  auto name = Name::parse(absolute);
  if (!name) return std::unexpected(name.error());
  return dump({{"name", name->to_string()}, {"entries", context.flush(*name)}});
}

Result<std::string> trace_command(const ControlContext& context, const std::string& argument) {
  auto question = parse_trace_question(argument);
  if (!question) return std::unexpected(question.error());
  return context.trace(*question);
}

Result<std::string> drain_command(const ControlContext& context, bool on) {
  if (!context.drain) return fail("this node announces no service address; [anycast] method says how it would");
  return context.drain(on);
}

}  // namespace

std::string utc_time_text(Clock::Wall time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  if (seconds.time_since_epoch().count() <= 0) return {};
  // fmt's calendar ends with the year 9999; a commit may claim any time.
  constexpr std::int64_t kYear10000 = 253'402'300'800;
  if (seconds.time_since_epoch().count() >= kYear10000) return {};
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}",
                     fmt::gmtime(static_cast<std::time_t>(seconds.time_since_epoch().count())));
}

CommandTable make_commands(ControlContext given) {
  auto context = std::make_shared<const ControlContext>(std::move(given));
  CommandTable table;
  table["status"] = [context](const std::string&) { return status_command(*context); };
  table["node"] = [context](const std::string&) { return node_command(*context); };
  if (context->fleet) table["fleet"] = [context](const std::string&) -> Result<std::string> { return context->fleet(); };
  table["reload"] = [context](const std::string&) { return reload_command(*context); };
  table["zones"] = [context](const std::string&) { return zones_command(*context); };
  table["zone"] = [context](const std::string& name) { return zone_command(*context, name); };
  table["flush"] = [context](const std::string& name) { return flush_command(*context, name); };
  if (context->trace)
    table["trace"] = [context](const std::string& question) {
      return trace_command(*context, question);
    };
  table["drain"] = [context](const std::string&) { return drain_command(*context, true); };
  table["undrain"] = [context](const std::string&) { return drain_command(*context, false); };
  return table;
}

}  // namespace dotmesh
