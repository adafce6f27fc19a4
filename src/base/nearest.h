// The word that somebody probably meant, for "did you mean" in messages. Pure, any thread.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace dotmesh {

// The candidate nearest to `word` by edits (insert, delete, replace, swap of neighbours; case and
// "-" for "_" count nothing), if it is near enough to be a slip: at most one edit per three letters.
std::optional<std::string_view> nearest_word(std::string_view word,
                                             std::span<const std::string_view> candidates);

}  // namespace dotmesh
