#include "base/nearest.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>

namespace dotmesh {
namespace {

// Longer words are not slips of anything we know; also bounds the work on hostile input.
constexpr std::size_t kMaxWord = 40;

char fold(char c) {
  return c == '-' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}

// Optimal string alignment distance. Both at most kMaxWord long.
std::size_t edits(std::string_view a, std::string_view b) {
  std::array<std::array<std::size_t, kMaxWord + 1>, 3> rows{};
  for (std::size_t j = 0; j <= b.size(); j++) rows[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); i++) {
    auto& row = rows[i % 3];
    const auto& above = rows[(i + 2) % 3];
    const auto& above2 = rows[(i + 1) % 3];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); j++) {
      bool same = fold(a[i - 1]) == fold(b[j - 1]);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && fold(a[i - 1]) == fold(b[j - 2]) && fold(a[i - 2]) == fold(b[j - 1])) {
        row[j] = std::min(row[j], above2[j - 2] + 1);
      }
    }
  }
  return rows[a.size() % 3][b.size()];
}

}  // namespace

std::optional<std::string_view> nearest_word(std::string_view word,
                                             std::span<const std::string_view> candidates) {
  std::optional<std::string_view> best;
  std::size_t best_edits = std::max<std::size_t>(1, word.size() / 3) + 1;
  if (word.size() > kMaxWord) return best;
  for (std::string_view candidate : candidates) {
    if (candidate.size() > kMaxWord) continue;
    std::size_t n = edits(word, candidate);
    if (n < best_edits && n < candidate.size()) {
      best = candidate;
      best_edits = n;
    }
  }
  return best;
}

}  // namespace dotmesh
