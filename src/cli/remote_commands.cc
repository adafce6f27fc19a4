#include "cli/remote_commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/units.h"
#include "control/control_client.h"
#include "repo/source.h"

namespace dotmesh {
namespace {

using nlohmann::json;

constexpr int kGood = 0;
constexpr int kWrong = 1;
constexpr int kCouldNotAsk = 2;

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

void print_error(const std::string& text) { fmt::print(stderr, "dotmesh: {}\n", text); }

// Asks, prints as JSON or by `render`, and judges the answer by `good`.
int ask(const NodeOptions& node, const ControlRequest& request, bool as_json,
        const std::function<std::string(const json&)>& render,
        const std::function<bool(const json&)>& good = [](const json&) { return true; }) {
  Diagnostics diagnostics;
  const NodeConfig config = resolve_node(node, diagnostics);
  if (diagnostics.has_errors()) {
    fmt::print(stderr, "{}", render_text(diagnostics));
    return kCouldNotAsk;
  }
  auto answer = ask_daemon(control_socket_of(config), request);
  if (!answer) {
    print_error(answer.error().message);
    return kCouldNotAsk;
  }
  const json value = json::parse(*answer, nullptr, false);
  print(as_json ? value.dump(2) + "\n" : render(value));
  return good(value) ? kGood : kWrong;
}

std::string text_of(const json& value, const char* key) {
  return value.contains(key) && value[key].is_string() ? value[key].get<std::string>() : std::string();
}

std::uint64_t number_of(const json& value, const char* key) {
  return value.contains(key) && value[key].is_number_unsigned() ? value[key].get<std::uint64_t>() : 0;
}

std::string counted(std::uint64_t number, std::string_view word) {
  return fmt::format("{} {}{}", number, word, number == 1 ? "" : "s");
}

// Alive, ready and announced, apart.
std::string render_anycast(const json& a) {
  if (text_of(a, "method").empty()) return {};
  std::string out = fmt::format("anycast    by {}, {}{}\n", text_of(a, "method"), a.value("alive", false) ? "alive" : "NOT alive",
                                a.value("drained", false) ? ", drained" : "");
  for (const json& service : a.value("services", json::array())) {
    const std::string why = text_of(service, "why");
    if (!service.value("presented", true)) {
      out += fmt::format("           {}  not presented here ({})\n", text_of(service, "address"), why);
      continue;
    }
    out += fmt::format("           {}  {}, announced: {}{}\n", text_of(service, "address"),
                       service.value("ready", false) ? "ready" : "not ready", text_of(service, "announced"),
                       why.empty() ? "" : " (" + why + ")");
  }
  if (a.value("services", json::array()).empty()) {
    out += "           nothing to announce: the network file of what is served names no [[service]]\n";
  }
  if (const std::string note = text_of(a, "note"); !note.empty()) out += fmt::format("           note: {}\n", note);
  return out;
}

std::string render_status(const json& s) {
  std::string out = fmt::format("dotmesh {} on {}, up {}\n", text_of(s, "version"), text_of(s, "node"),
                                format_duration(std::chrono::seconds(number_of(s, "uptime_seconds"))));
  for (const json& address : s.value("listening", json::array())) {
    out += fmt::format("listening  {}\n", address.get<std::string>());
  }
  const json source = s.value("source", json::object());
  out += fmt::format("source     {}\n", text_of(source, "from"));
  out += fmt::format("asked      {}{}\n",
                     text_of(source, "last_fetch").empty() ? "never" : text_of(source, "last_fetch"),
                     text_of(source, "fault").empty() ? "" : ", without success");
  if (const json& serving = s["serving"]; serving.is_object()) {
    out += fmt::format("serving    commit {} since {}: {}\n", short_commit_id(text_of(serving, "commit")),
                       text_of(serving, "since"), text_of(serving, "subject"));
    out += fmt::format("           {}, serial {}, {}\n", counted(number_of(serving, "zones"), "zone"),
                       number_of(serving, "serial"), counted(number_of(serving, "warnings"), "warning"));
  } else {
    out += "serving    nothing\n";
  }
  out += fmt::format("answered   {} over UDP, {} over TCP\n", number_of(s.value("udp", json::object()), "answered"),
                     number_of(s.value("tcp", json::object()), "answered"));
  const json resolver = s.value("resolver", json::object());
  if (resolver.contains("questions")) {
    out += fmt::format("resolved   {} questions with {} queries to servers, {} without an answer\n",
                       number_of(resolver, "questions"), number_of(resolver, "upstream_queries"), number_of(resolver, "failed"));
  }
  out += render_anycast(s.value("anycast", json::object()));
  for (const json& fault : s.value("faults", json::array())) {
    out += fmt::format("FAULT      {}\n", fault.get<std::string>());
  }
  if (s.contains("refused") && s["refused"].is_object()) out += text_of(s["refused"], "text");
  return out;
}

std::string render_reload(const json& r) {
  const std::string result = text_of(r, "result");
  const std::string commit = short_commit_id(text_of(r, "commit"));
  const std::string serving = text_of(r, "serving");
  const std::string still = serving.empty()
                                ? "nothing is served yet"
                                : fmt::format("commit {} is still being served", short_commit_id(serving));
  std::string out = text_of(r, "text");
  if (!out.empty() && out.back() != '\n') out += '\n';
  if (result == "published") return out + fmt::format("serving commit {}\n", commit);
  if (result == "unchanged") return out + fmt::format("commit {} is served already\n", commit);
  if (result == "refused") return out + fmt::format("commit {} refused; {}\n", commit, still);
  return out + fmt::format("the source could not be read; {}\n", still);
}

std::string render_zone_line(const json& z) {
  const std::string twin = text_of(z, "twin_of");
  const std::string file = text_of(z, "file");
  return fmt::format("{:<40} {:>9} records  serial {}  {}\n", text_of(z, "name"), number_of(z, "records"),
                     number_of(z, "serial"),
                     !twin.empty() ? "twin of " + twin : (file.empty() ? "computed" : file));
}

std::string render_zone(const json& z) {
  std::string out = render_zone_line(z);
  out += fmt::format("served from commit {}\n", short_commit_id(text_of(z, "commit")));
  out += fmt::format("{} names, {} generate rules, serial in the file {}\n", number_of(z, "names"),
                     number_of(z, "generate_rules"), number_of(z, "file_serial"));
  for (const json& other : z.value("reverse_of", json::array())) {
    out += fmt::format("reverse of {}\n", other.get<std::string>());
  }
  for (const json& warning : z.value("warning_text", json::array())) out += warning.get<std::string>();
  return out;
}

// Well, and of this commit or another: one line a node.
std::string render_fleet(const json& nodes) {
  if (nodes.empty()) return "the network file lists no [[node]]\n";
  std::string out = fmt::format("{:<20} {:<9} {:<9} {:<9} {:>10}  {}\n", "node", "state", "commit", "version", "latency", "address");
  for (const json& node : nodes) {
    const json latency = node.value("latency_ms", json());
    const std::string error = text_of(node, "error");
    const std::string state = text_of(node, "state");
    out += fmt::format("{:<20} {:<9} {:<9} {:<9} {:>10}  {}{}\n", text_of(node, "name"), state.empty() ? "silent" : state,
                       short_commit_id(text_of(node, "commit")), text_of(node, "version"),
                       latency.is_number() ? fmt::format("{:.1f} ms", latency.get<double>()) : "",
                       text_of(node, "address"), error.empty() ? "" : "  " + error);
  }
  return out;
}

bool fleet_is_well(const json& nodes) {
  return std::ranges::all_of(nodes, [](const json& node) { return text_of(node, "error").empty() && text_of(node, "state") == "well"; });
}

std::string render_trace(const json& t) {
  std::string out = fmt::format("{} {}{}\n", text_of(t, "name"), text_of(t, "type"),
                                t.value("fresh", false) ? ", with fresh caches" : "");
  for (const json& step : t.value("steps", json::array())) {
    out += fmt::format("{:>8.1f} ms  {:<10} {}\n", step.value("at_ms", 0.0), text_of(step, "step"),
                       text_of(step, "text"));
  }
  if (const std::uint64_t more = number_of(t, "steps_left_out"); more != 0) {
    out += fmt::format("             and {} more steps\n", more);
  }
  const json answer = t.value("answer", json());
  if (!answer.is_object()) return out + "no answer in time\n";
  const json error = answer.value("extended_error", json());
  out += fmt::format("{:>8.1f} ms  answer     {}{}{}{}\n", t.value("took_ms", 0.0),
                     text_of(answer, "rcode"),
                     answer.value("authoritative", false) ? ", authoritative" : "",
                     answer.value("authenticated", false) ? ", authenticated" : "",
                     error.is_object() ? ", " + text_of(error, "text") : "");
  for (const json& record : answer.value("records", json::array())) {
    out += fmt::format("             {:<10} {} {} {} {}\n", text_of(record, "section"),
                       text_of(record, "name"), number_of(record, "ttl"), text_of(record, "type"),
                       text_of(record, "data"));
  }
  return out;
}

}  // namespace

std::string status_text(const std::string& text) { return render_status(json::parse(text, nullptr, false)); }
std::string reload_text(const std::string& text) { return render_reload(json::parse(text, nullptr, false)); }

int status_main(const NodeOptions& node, bool as_json) {
  return ask(node, {"status", ""}, as_json, render_status,
             [](const json& s) { return s.contains("serving") && s["serving"].is_object(); });
}

int reload_main(const NodeOptions& node, bool as_json) {
  return ask(node, {"reload", ""}, as_json, render_reload, [](const json& r) {
    const std::string result = text_of(r, "result");
    return result == "published" || result == "unchanged";
  });
}

int drain_main(const NodeOptions& node, bool on, bool as_json) {
  return ask(node, {on ? "drain" : "undrain", ""}, as_json,
             [on](const json& answer) -> std::string {
               if (!on) return "announced again as soon as it answers\n";
               if (!answer.value("withdrawn", false)) return "NOT withdrawn: " + text_of(answer, "why") + "\n";
               const std::uint64_t queries = number_of(answer, "queries_last_second");
               return fmt::format("withdrawn, and {} quer{} came in the last second; it is safe to stop\n", queries, queries == 1 ? "y" : "ies");
             },
             [on](const json& answer) { return !on || answer.value("withdrawn", false); });
}

int flush_main(const NodeOptions& node, const std::string& name, bool as_json) {
  return ask(node, {"flush", name}, as_json, [](const json& answer) {
    return fmt::format("{} entries at and below {} forgotten\n", number_of(answer, "entries"), text_of(answer, "name"));
  });
}

int trace_main(const NodeOptions& node, const std::string& name, const std::string& type,
               bool fresh, bool as_json) {
  return ask(node, {"trace", fmt::format("{} {}{}", name, type, fresh ? " fresh" : "")}, as_json,
             render_trace, [](const json& t) {
               const std::string rcode = text_of(t.value("answer", json::object()), "rcode");
               return rcode == "NOERROR" || rcode == "NXDOMAIN";
             });
}

int fleet_main(const NodeOptions& node, bool as_json) { return ask(node, {"fleet", ""}, as_json, render_fleet, fleet_is_well); }

int zones_main(const NodeOptions& node, bool as_json) {
  return ask(node, {"zones", ""}, as_json, [](const json& answer) {
    std::string out;
    for (const json& zone : answer.value("zones", json::array())) out += render_zone_line(zone);
    return out;
  });
}

int zone_main(const NodeOptions& node, const std::string& name, bool as_json) {
  return ask(node, {"zone", name}, as_json, render_zone);
}

}  // namespace dotmesh
