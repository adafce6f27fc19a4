#include "observe/node_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <string_view>

#include "observe/metrics_text.h"
#include "observe/query_metrics.h"

namespace dotmesh::observe {
namespace {

using Kind = MetricsText::Kind;

double seconds(Clock::Wall time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

void add_process(MetricsText& text, const NodeFigures& figures) {
  text.metric("dotmesh_build_info", Kind::kGauge, "1, with the program's version.");
  text.sample(1, {{"version", figures.version}});
  text.one("process_start_time_seconds", Kind::kGauge, "When the node was started, Unix time.",
           seconds(figures.started));
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto spent = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  text.one("process_cpu_seconds_total", Kind::kCounter, "CPU time, user and system.",
           spent(usage.ru_utime) + spent(usage.ru_stime));
  std::uint64_t all = 0;
  std::uint64_t resident = 0;
  if (std::ifstream("/proc/self/statm") >> all >> resident) {
    text.one("process_resident_memory_bytes", Kind::kGauge, "Memory in use.",
             static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE)));
  }
  text.one("dotmesh_workers", Kind::kGauge, "Threads that answer queries.", figures.workers);
}

struct MessageRow {
  std::string_view name;
  std::string_view help;
  std::uint64_t MessageCounts<std::uint64_t>::*count;
};
constexpr MessageRow kMessageRows[] = {
    {"dotmesh_queries_received_total", "Messages that came to a listening socket.",
     &MessageCounts<std::uint64_t>::received},
    {"dotmesh_responses_sent_total", "Responses given to the kernel.",
     &MessageCounts<std::uint64_t>::answered},
    {"dotmesh_queries_dropped_total", "Messages that get no response.",
     &MessageCounts<std::uint64_t>::dropped},
    {"dotmesh_queries_malformed_total", "Messages answered FORMERR, too large, or framed wrongly.",
     &MessageCounts<std::uint64_t>::malformed},
    {"dotmesh_queries_waited_total", "Queries whose response came later, from the resolver.",
     &MessageCounts<std::uint64_t>::later},
    {"dotmesh_responses_truncated_total", "Responses with TC.",
     &MessageCounts<std::uint64_t>::truncated},
    {"dotmesh_responses_unsent_total", "Responses that the kernel did not take.",
     &MessageCounts<std::uint64_t>::send_failed},
};

void add_transports(MetricsText& text, const ServerStats& stats) {
  for (const MessageRow& row : kMessageRows) {
    text.metric(row.name, Kind::kCounter, row.help);
    text.sample(static_cast<double>(stats.udp.*row.count), {{"transport", "udp"}});
    text.sample(static_cast<double>(stats.tcp.*row.count), {{"transport", "tcp"}});
  }
  const auto& connections = stats.connections;
  text.one("dotmesh_tcp_connections", Kind::kGauge, "Connections of clients that are open.",
           static_cast<double>(connections.accepted - connections.closed));
  text.one("dotmesh_tcp_connections_accepted_total", Kind::kCounter, "Connections of clients.",
           static_cast<double>(connections.accepted));
  text.metric("dotmesh_tcp_connections_refused_total", Kind::kCounter,
              "Connections that found no place.");
  text.sample(static_cast<double>(connections.refused_client), {{"reason", "client"}});
  text.sample(static_cast<double>(connections.refused_full), {{"reason", "full"}});
  text.sample(static_cast<double>(connections.accept_failed), {{"reason", "accept"}});
  const auto& upstream = stats.upstream;
  text.metric("dotmesh_upstream_queries_total", Kind::kCounter, "Queries to other servers.");
  text.sample(static_cast<double>(upstream.udp_sent), {{"transport", "udp"}});
  text.sample(static_cast<double>(upstream.tcp_sent), {{"transport", "tcp"}});
  text.metric("dotmesh_upstream_responses_total", Kind::kCounter, "Responses of other servers.");
  text.sample(static_cast<double>(upstream.udp_received), {{"transport", "udp"}});
  text.sample(static_cast<double>(upstream.tcp_received), {{"transport", "tcp"}});
  text.one("dotmesh_upstream_unmatched_total", Kind::kCounter,
           "Messages with an ID that nobody had sent.", static_cast<double>(upstream.unmatched));
}

// How much there is at the moment; all others only rise.
bool is_gauge(std::string_view name) {
  return name.ends_with("_entries") || name.ends_with("_octets");
}

void add_resolver(MetricsText& text, const NodeFigures& figures) {
  for (const auto& [name, count] : figures.resolver) {
    std::string metric = "dotmesh_resolver_" + name;
    if (const auto at = metric.find("octets"); at != std::string::npos)
      metric.replace(at, 6, "bytes");
    if (!is_gauge(name)) metric += "_total";
    text.one(metric, is_gauge(name) ? Kind::kGauge : Kind::kCounter,
             "See \"" + name + "\" of dotmesh status (docs/OPERATIONS.md).",
             static_cast<double>(count));
  }
}

void add_generation(MetricsText& text, const NodeFigures& figures) {
  const UpdaterStatus& updater = figures.updater;
  text.metric("dotmesh_generation_info", Kind::kGauge, "1, with the commit that is served.");
  if (!updater.served.id.empty()) text.sample(1, {{"commit", updater.served.id}});
  text.one("dotmesh_generation_serial", Kind::kGauge, "SOA serial that is served.",
           updater.served.serial);
  text.one("dotmesh_generation_published_timestamp_seconds", Kind::kGauge,
           "Since when it is served, Unix time.", seconds(updater.served_since));
  text.one("dotmesh_zones", Kind::kGauge, "Zones that are served.",
           static_cast<double>(figures.zones));
  text.one("dotmesh_generation_warnings", Kind::kGauge, "Warnings about what is served.",
           static_cast<double>(updater.warnings));
  text.one("dotmesh_commit_refused", Kind::kGauge, "1 while the newest commit is refused.",
           updater.refused_commit.empty() ? 0 : 1);
  text.one("dotmesh_commit_refused_errors", Kind::kGauge, "Errors of the commit that is refused.",
           static_cast<double>(updater.refused_commit.empty() ? 0 : updater.refused_errors));
  text.one("dotmesh_source_last_fetch_timestamp_seconds", Kind::kGauge,
           "When the source was last asked, Unix time.", seconds(updater.last_fetch));
  text.one("dotmesh_source_failures", Kind::kGauge,
           "Attempts to ask the source that failed, in a row.", updater.fetch_failures);
  text.one("dotmesh_state_fault", Kind::kGauge, "1 while the state folder cannot be written.",
           updater.state_fault.empty() ? 0 : 1);
}

void add_anycast(MetricsText& text, const anycast::Status& status) {
  if (status.method.empty()) return;
  text.one("dotmesh_anycast_alive", Kind::kGauge,
           "1 while the watcher sees the server's workers turn.", status.alive ? 1 : 0);
  text.one("dotmesh_anycast_drained", Kind::kGauge, "1 while the node is drained.",
           status.drained ? 1 : 0);
  text.one("dotmesh_anycast_watcher_restarts_total", Kind::kCounter,
           "Times the watcher was started again.", static_cast<double>(status.restarts));
  const auto each = [&](std::string_view name, Kind kind, std::string_view help, auto&& value_of) {
    text.metric(name, kind, help);
    for (const anycast::ServiceStatus& service : status.services) {
      if (service.presented)
        text.sample(static_cast<double>(value_of(service)), {{"address", service.address}});
    }
  };
  using Service = anycast::ServiceStatus;
  each("dotmesh_anycast_ready", Kind::kGauge, "1 while the address answers rightly.",
       [](const Service& s) { return s.ready ? 1 : 0; });
  each("dotmesh_anycast_announced", Kind::kGauge,
       "1 while the address is announced; 0.5: as a last resort.", [](const Service& s) {
         return s.announced == anycast::Route::kNormal       ? 1.0
                : s.announced == anycast::Route::kLastResort ? 0.5
                                                             : 0.0;
       });
  each("dotmesh_anycast_probes_total", Kind::kCounter, "Rounds of probes.",
       [](const Service& s) { return s.probes; });
  each("dotmesh_anycast_probe_failures_total", Kind::kCounter, "Rounds of probes that failed.",
       [](const Service& s) { return s.failures; });
  each("dotmesh_anycast_withdrawals_total", Kind::kCounter, "Withdrawals because of health.",
       [](const Service& s) { return s.withdrawals; });
}

void add_fleet(MetricsText& text, const NodeFigures& figures) {
  if (figures.fleet.empty()) return;
  const auto each = [&](std::string_view name, std::string_view help, auto&& value_of) {
    text.metric(name, Kind::kGauge, help);
    for (const FleetNode& node : figures.fleet) text.sample(value_of(node), {{"node", node.name}});
  };
  each("dotmesh_fleet_node_up", "1 while the node answers this one over HTTP.",
       [](const FleetNode& node) { return node.error.empty() ? 1 : 0; });
  each("dotmesh_fleet_node_well", "1 while the node says that it is well.",
       [](const FleetNode& node) { return node.error.empty() && node.state == "well" ? 1 : 0; });
  each("dotmesh_fleet_node_same_commit", "1 while the node serves the commit that this one serves.",
       [&](const FleetNode& node) { return node.commit == figures.updater.served.id ? 1 : 0; });
  text.metric("dotmesh_fleet_node_latency_seconds", Kind::kGauge,
              "How long the node's last answer took.");
  for (const FleetNode& node : figures.fleet) {
    if (node.latency_ms) text.sample(*node.latency_ms / 1000, {{"node", node.name}});
  }
}

}  // namespace

std::string render_metrics(const NodeFigures& figures) {
  MetricsText text;
  add_process(text, figures);
  add_transports(text, figures.server);
  add_queries(text, figures);
  add_resolver(text, figures);
  add_generation(text, figures);
  add_anycast(text, figures.anycast);
  add_fleet(text, figures);
  return text.text();
}

}  // namespace dotmesh::observe
