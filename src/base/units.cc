#include "base/units.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <limits>

namespace dotmesh {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array<Unit, 6> kDurationUnits{{{"w", 604'800'000},
                                              {"d", 86'400'000},
                                              {"h", 3'600'000},
                                              {"m", 60'000},
                                              {"s", 1000},
                                              {"ms", 1}}};

constexpr std::array<Unit, 7> kSizeUnits{{{"B", 1},
                                          {"kB", 1000},
                                          {"KiB", 1024},
                                          {"MB", 1000 * 1000},
                                          {"MiB", 1024 * 1024},
                                          {"GB", 1000ULL * 1000 * 1000},
                                          {"GiB", 1024ULL * 1024 * 1024}}};

// Splits a leading number and the letters behind it off `text`.
bool take_number_and_unit(std::string_view& text, std::uint64_t& number, std::string_view& unit) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  std::size_t letters = 0;
  while (letters < text.size() && !(text[letters] >= '0' && text[letters] <= '9')) letters++;
  unit = text.substr(0, letters);
  text.remove_prefix(letters);
  return letters != 0;
}

}  // namespace

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  const auto bad = [&] {
    return fail(fmt::format("\"{}\" is not a duration; write a number and a unit, such as \"200ms\", "
                            "\"60s\", \"5m\", \"1h30m\", \"3d\"",
                            text));
  };
  constexpr std::uint64_t kMax = std::numeric_limits<std::int64_t>::max();
  std::string_view rest = text;
  std::uint64_t total = 0;
  std::size_t next_unit = 0;
  if (rest.empty()) return bad();
  while (!rest.empty()) {
    std::uint64_t number = 0;
    std::string_view name;
    if (!take_number_and_unit(rest, number, name)) return bad();
    std::size_t i = next_unit;
    while (i < kDurationUnits.size() && kDurationUnits[i].name != name) i++;
    if (i == kDurationUnits.size()) return bad();
    if (number > (kMax - total) / kDurationUnits[i].factor) return bad();
    total += number * kDurationUnits[i].factor;
    next_unit = i + 1;
  }
  return std::chrono::milliseconds(static_cast<std::int64_t>(total));
}

std::string format_duration(std::chrono::milliseconds duration) {
  auto left = static_cast<std::uint64_t>(duration.count());
  if (left == 0) return "0s";
  std::string out;
  for (const Unit& unit : kDurationUnits) {
    if (left >= unit.factor) {
      out += fmt::format("{}{}", left / unit.factor, unit.name);
      left %= unit.factor;
    }
  }
  return out;
}

Result<std::uint64_t> parse_size(std::string_view text) {
  std::string_view rest = text;
  std::uint64_t number = 0;
  std::string_view name;
  if (take_number_and_unit(rest, number, name) && rest.empty()) {
    for (const Unit& unit : kSizeUnits) {
      if (unit.name == name &&
          number <= std::numeric_limits<std::uint64_t>::max() / unit.factor) {
        return number * unit.factor;
      }
    }
  }
  return fail(fmt::format(
      "\"{}\" is not a size; write a number and a unit, such as \"1232B\", \"64KiB\", \"512MiB\"", text));
}

}  // namespace dotmesh
