// The control socket's protocol: one JSON object a line, a request and its response, over a local
// stream socket. Several requests may follow one another on one connection.
//
//   {"command": "zone", "argument": "mesh."}
//   {"ok": true, "result": {...}}
//   {"ok": false, "error": "no zone \"x.\" is served"}
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace dotmesh {

inline constexpr std::string_view kControlSocketName = "control.sock";
// A command and a name.
inline constexpr std::size_t kMaxControlRequest = 4096;
// The list of ten thousand zones fits.
inline constexpr std::size_t kMaxControlResponse = std::size_t{16} << 20;

struct ControlRequest {
  std::string command;
  std::string argument;
};

Result<ControlRequest> parse_control_request(std::string_view line);
std::string write_control_request(const ControlRequest& request);

// `result` of a response is JSON text. Both without line end.
std::string write_control_response(const Result<std::string>& result);
Result<std::string> parse_control_response(std::string_view line);

}  // namespace dotmesh
