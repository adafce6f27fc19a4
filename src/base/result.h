// Result<T>: a value or an Error. Everything that the outside world can cause (bad packets, bad
// zones, silent upstreams, a broken git remote) is a value of this type, never an exception.
#pragma once

#include <expected>
#include <string>
#include <utility>

namespace dotmesh {

// What went wrong, in words for the person who runs the node: place, fault, way out.
struct Error {
  std::string message;
};

template <typename T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(std::string message) {
  return std::unexpected<Error>(Error{std::move(message)});
}

}  // namespace dotmesh
