// CHandle: a pointer that a C library made, freed by that library's own function. A value; as thread-safe as what
// it points to.
#pragma once

#include <memory>

namespace dotmesh {

template <auto Free>
struct CFree {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};

template <typename T, auto Free>
using CHandle = std::unique_ptr<T, CFree<Free>>;

}  // namespace dotmesh
