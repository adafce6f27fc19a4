// RdataText: turns the RDATA of one record, written as in a zone file, into wire form. Any type that
// the zone scanner knows, and RFC 3597's \# form. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "dns/name.h"
#include "dns/rr_type.h"

namespace dotmesh {

class RdataText {
 public:
  // Names without final dot are relative to `origin`.
  explicit RdataText(NameView origin);
  ~RdataText();

  // `text` is one line. The result lives until the next call.
  Result<std::span<const std::uint8_t>> parse(RRType type, std::string_view text);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace dotmesh
