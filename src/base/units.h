// Durations and sizes as people write them in configuration: "60s", "1500ms", "1h30m", "512MiB".
// Both parsers refuse a bare number, so that nobody guesses a unit. Pure functions, any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace dotmesh {

// "0s", "200ms", "90s", "5m", "1h30m", "3d", "1w". Units: ms s m h d w, largest first when combined.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);
std::string format_duration(std::chrono::milliseconds duration);

// Bytes: "1232B", "64KiB", "512MiB", "2GiB" (powers of 1024), "10kB", "10MB" (powers of 1000).
Result<std::uint64_t> parse_size(std::string_view text);

}  // namespace dotmesh
