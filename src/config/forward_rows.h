// The rows of [[resolver.forward]], shared by both files. Only for node_config.cc and network_config.cc.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "config/forward.h"
#include "config/setting.h"

namespace dotmesh {

inline constexpr Setting kForwardRows[] = {
    required_setting<&ForwardEntry::zone>(
        "zone", "Questions for this name and all below it are forwarded; \".\" forwards everything."),
    required_setting<&ForwardEntry::to>("to", "The servers to ask, ADDRESS[@PORT]."),
};

// What the rows cannot say.
inline void check_forwards(const SourceText& source, const std::vector<ForwardEntry>& forwards, Diagnostics& diagnostics) {
  for (std::size_t i = 0; i < forwards.size(); i++) {
    const Located<Name>& zone = forwards[i].zone;
    if (zone.place.line == 0) continue;  // told already
    const auto same = [&](const ForwardEntry& other) { return other.zone.value == zone.value; };
    const auto first = std::ranges::find_if(forwards.begin(), forwards.begin() + static_cast<std::ptrdiff_t>(i), same);
    if (first == forwards.begin() + static_cast<std::ptrdiff_t>(i)) continue;
    Diagnostic d = source.fault(Severity::kError, "forward-twice", zone.place,
                                fmt::format("\"{}\" is forwarded twice", zone.value.to_string()), "keep one, with the servers of both");
    d.counterpart = "first";
    d.counterpart_position = source.position(first->zone.place);
    diagnostics.add(std::move(d));
  }
}

}  // namespace dotmesh
