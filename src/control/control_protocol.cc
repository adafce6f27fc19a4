#include "control/control_protocol.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace dotmesh {
namespace {

using nlohmann::json;

std::string dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

Result<ControlRequest> parse_control_request(std::string_view line) {
  const json value = json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!value.is_object() || !value.contains("command") || !value["command"].is_string()) {
    return fail("a request is one line such as {\"command\": \"status\"}");
  }
  ControlRequest request{value["command"], {}};
  if (value.contains("argument")) {
    if (!value["argument"].is_string()) return fail("\"argument\" must be a string");
    request.argument = value["argument"];
  }
  return request;
}

std::string write_control_request(const ControlRequest& request) {
  return dump({{"command", request.command}, {"argument", request.argument}});
}

std::string write_control_response(const Result<std::string>& result) {
  if (!result) return dump({{"ok", false}, {"error", result.error().message}});
  return fmt::format("{{\"ok\":true,\"result\":{}}}", *result);
}

Result<std::string> parse_control_response(std::string_view line) {
  const json value = json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!value.is_object() || !value.contains("ok") || !value["ok"].is_boolean()) {
    return fail("the daemon's answer is not understood; is it of another version?");
  }
  if (!value["ok"].get<bool>()) {
    return fail(value.contains("error") && value["error"].is_string() ? value["error"].get<std::string>()
                                                                      : "unknown fault");
  }
  return value.contains("result") ? dump(value["result"]) : "null";
}

}  // namespace dotmesh
