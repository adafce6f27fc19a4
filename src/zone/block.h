// Memory for shards. Large zones take whole 2 MiB pages, so that a look-up costs no page-table walk.
// The returned pointer frees the memory; any thread may drop it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace dotmesh {

// `size` octets, aligned to a cache line; throws std::bad_alloc as the standard library does.
std::shared_ptr<std::uint8_t> allocate_block(std::size_t size);

}  // namespace dotmesh
