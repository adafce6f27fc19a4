#include "zone/zone_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace dotmesh {
namespace {

constexpr std::array<std::string_view, 22> kUsualTypes = {
    "A",    "AAAA",   "CNAME", "MX",   "NS",    "TXT",   "SRV", "PTR", "SOA",   "CAA",  "DNAME",
    "DS",   "DNSKEY", "TLSA",  "LOC",  "HINFO", "NAPTR", "SPF", "URI", "SSHFP", "HTTPS", "SVCB"};

// Longest words compared; types are shorter.
constexpr std::size_t kMaxWord = 12;

// Insertions, deletions, replacements and swaps of neighbours between two short words.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::array<std::array<std::size_t, kMaxWord + 1>, kMaxWord + 1> d{};
  for (std::size_t i = 0; i <= a.size(); i++) d[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); j++) d[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); i++) {
    for (std::size_t j = 1; j <= b.size(); j++) {
      std::size_t replaced = d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, replaced});
      bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  }
  return d[a.size()][b.size()];
}

}  // namespace

std::string upper_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  }
  return out;
}

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_ttl_word(std::string_view text) {
  return !text.empty() && text[0] >= '0' && text[0] <= '9' &&
         text.find_first_not_of("0123456789sSmMhHdDwW") == std::string_view::npos;
}

bool is_class_word(std::string_view text) {
  std::string word = upper_case(text);
  return word == "IN" || word == "CH" || word == "HS" || word == "CS" ||
         (word.starts_with("CLASS") && is_number(std::string_view(word).substr(5)));
}

bool looks_like_ipv4(std::string_view text) {
  return text.find('.') != std::string_view::npos && text[0] >= '0' && text[0] <= '9' &&
         text.find_first_not_of("0123456789.") == std::string_view::npos;
}

bool looks_like_ipv6(std::string_view text) {
  return std::ranges::count(text, ':') >= 2 &&
         text.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos;
}

bool is_name_like(std::string_view text) {
  return text.size() > 1 && text.find('.') != std::string_view::npos && text[0] != '.' &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") ==
             std::string_view::npos;
}

std::string ipv4_fault(std::string_view text) {
  std::size_t octets = 0;
  while (true) {
    std::size_t dot = text.find('.');
    std::string_view octet = text.substr(0, dot);
    octets++;
    if (octet.empty()) return "an octet is missing";
    if (octet.size() > 1 && octet[0] == '0') return fmt::format("octet \"{}\" has a leading zero", octet.substr(0, 8));
    if (octet.size() > 3 || (octet.size() == 3 && octet > "255")) {
      return fmt::format("octet \"{}\" is above 255", octet.substr(0, 8));
    }
    if (dot == std::string_view::npos) break;
    text.remove_prefix(dot + 1);
  }
  return fmt::format("it has {} octet{}, not 4", octets, octets == 1 ? "" : "s");
}

std::string_view nearest_type(std::string_view text) {
  if (text.empty() || text.size() > kMaxWord) return {};
  std::string word = upper_case(text);
  std::string_view best;
  std::size_t best_distance = text.size() <= 4 ? 2 : 3;  // one slip in a short word, two in a long one
  for (std::string_view type : kUsualTypes) {
    std::size_t distance = edit_distance(word, type);
    // At least half of the word must stay.
    if (distance < best_distance && distance * 2 <= type.size()) {
      best = type;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace dotmesh
