#include "anycast/status.h"

#include <nlohmann/json.hpp>

namespace dotmesh::anycast {
namespace {

using nlohmann::json;

Route route_of(std::string_view word) {
  if (word == "yes") return Route::kNormal;
  return word == "last resort" ? Route::kLastResort : Route::kNone;
}

json service_json(const ServiceStatus& s) {
  return {{"address", s.address},
          {"presented", s.presented},
          {"ready", s.ready},
          {"announced", route_word(s.announced)},
          {"mesh_fault", s.mesh_fault},
          {"why", s.why},
          {"since", s.since},
          {"probes", s.probes},
          {"failures", s.failures},
          {"withdrawals", s.withdrawals},
          {"hold_down_ms", s.hold_down_ms}};
}

ServiceStatus service_of(const json& j) {
  ServiceStatus s;
  s.address = j.value("address", "");
  s.presented = j.value("presented", true);
  s.ready = j.value("ready", false);
  s.announced = route_of(j.value("announced", ""));
  s.mesh_fault = j.value("mesh_fault", "");
  s.why = j.value("why", "");
  s.since = j.value("since", std::int64_t{0});
  s.probes = j.value("probes", std::uint64_t{0});
  s.failures = j.value("failures", std::uint64_t{0});
  s.withdrawals = j.value("withdrawals", std::uint64_t{0});
  s.hold_down_ms = j.value("hold_down_ms", std::uint64_t{0});
  return s;
}

}  // namespace

std::string_view route_word(Route route) {
  switch (route) {
    case Route::kNone:
      return "no";
    case Route::kLastResort:
      return "last resort";
    case Route::kNormal:
      return "yes";
  }
  return "";
}

std::string write_status(const Status& status) {
  json out = {{"method", status.method},
              {"watched", status.watched},
              {"alive", status.alive},
              {"drained", status.drained},
              {"moved", status.moved},
              {"fault", status.fault},
              {"note", status.note},
              {"restarts", status.restarts},
              {"queries_sent", status.queries_sent},
              {"services", json::array()}};
  for (const ServiceStatus& service : status.services)
    out["services"].push_back(service_json(service));
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<Status> read_status(std::string_view text) {
  const json value = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!value.is_object()) return fail("not a status");
  try {
    Status status;
    status.method = value.value("method", "");
    status.watched = value.value("watched", false);
    status.alive = value.value("alive", false);
    status.drained = value.value("drained", false);
    status.moved = value.value("moved", false);
    status.fault = value.value("fault", "");
    status.note = value.value("note", "");
    status.restarts = value.value("restarts", std::uint64_t{0});
    status.queries_sent = value.value("queries_sent", std::uint64_t{0});
    for (const json& service : value.value("services", json::array()))
      status.services.push_back(service_of(service));
    return status;
  } catch (const json::exception& error) {  // a key of another type
    return fail(error.what());
  }
}

}  // namespace dotmesh::anycast
