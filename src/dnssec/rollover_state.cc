// The state of KeyRollover as text.
#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "dnssec/key_rollover.h"

namespace dotmesh {
namespace {

constexpr std::pair<AnchorKeyState, std::string_view> kStates[] = {
    {AnchorKeyState::kAddPending, "add-pending"}, {AnchorKeyState::kValid, "valid"},
    {AnchorKeyState::kMissing, "missing"},        {AnchorKeyState::kRevoked, "revoked"},
    {AnchorKeyState::kRemoved, "removed"},
};

std::string to_base64(std::span<const std::uint8_t> octets) {
  std::string text((octets.size() + 2) / 3 * 4 + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<std::uint8_t*>(text.data()), octets.data(), static_cast<int>(octets.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

bool append_base64(std::vector<std::uint8_t>& out, std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return false;
  const std::size_t at = out.size();
  out.resize(at + text.size() / 4 * 3);
  const auto* in = reinterpret_cast<const std::uint8_t*>(text.data());
  if (EVP_DecodeBlock(out.data() + at, in, static_cast<int>(text.size())) < 0) return false;
  for (std::size_t i = text.size(); i > text.size() - 2 && text[i - 1] == '='; --i) out.pop_back();
  return true;
}

// The next word of `line`, which it is taken from.
std::string_view take_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(" \t\r"), line.size()));
  const std::string_view word = line.substr(0, line.find_first_of(" \t\r"));
  line.remove_prefix(word.size());
  return word;
}

template <typename Number>
bool take_number(std::string_view& line, Number& number) {
  const std::string_view word = take_word(line);
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  return error == std::errc() && end == word.data() + word.size() && !word.empty();
}

// False: not as to_text() writes it.
bool parse_line(std::string_view line, Name& zone, AnchorKey& key) {
  Result<Name> name = Name::parse(take_word(line));
  std::uint16_t flags = 0;
  std::uint8_t protocol = 0;
  std::uint8_t algorithm = 0;
  if (!name || take_word(line) != "DNSKEY" || !take_number(line, flags) || !take_number(line, protocol) ||
      !take_number(line, algorithm)) {
    return false;
  }
  zone = *name;
  key.rdata = {static_cast<std::uint8_t>(flags >> 8), static_cast<std::uint8_t>(flags), protocol, algorithm};
  if (!append_base64(key.rdata, take_word(line)) || take_word(line) != ";") return false;
  const std::string_view state = take_word(line);
  const auto* found = std::ranges::find(kStates, state, &std::pair<AnchorKeyState, std::string_view>::second);
  if (found == std::end(kStates) || !take_number(line, key.since)) return false;
  key.state = found->first;
  return take_word(line).empty();
}

}  // namespace

std::string_view to_string(AnchorKeyState state) {
  return std::ranges::find(kStates, state, &std::pair<AnchorKeyState, std::string_view>::first)
      ->second;
}

std::string to_text(const std::vector<KeyRollover>& zones) {
  std::string text = "; Trust anchors as dotmesh has seen them change (RFC 5011). Written by the daemon; the settings are\n"
                     "; in the node file (trust_anchors). Without this file it begins with them again.\n";
  for (const KeyRollover& zone : zones) {
    for (const AnchorKey& key : zone.keys()) {
      text +=
          fmt::format("{} DNSKEY {} {} {} {} ; {} {}\n", zone.zone().to_string(),
                      load16(key.rdata.data()), key.rdata[2], key.rdata[3],
                      to_base64(std::span(key.rdata).subspan(4)), to_string(key.state), key.since);
    }
  }
  return text;
}

Result<std::vector<StoredAnchors>> parse_rollover_state(std::string_view text) {
  std::vector<StoredAnchors> zones;
  for (std::size_t line = 1; !text.empty(); ++line) {
    std::string_view content = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(content.size() + 1, text.size()));
    std::string_view rest = content;
    const std::string_view first = take_word(rest);
    if (first.empty() || first.starts_with(';')) continue;
    Name zone;
    AnchorKey key;
    if (!parse_line(content, zone, key)) return fail(fmt::format("line {}: not as this program writes it", line));
    auto found = std::ranges::find_if(zones, [&](const StoredAnchors& anchors) { return anchors.zone.view() == zone.view(); });
    if (found == zones.end()) found = zones.insert(zones.end(), {.zone = zone, .keys = {}});
    if (found->keys.size() == kMaxAnchorKeys) return fail(fmt::format("line {}: more than {} keys of {}", line, kMaxAnchorKeys, zone.to_string()));
    found->keys.push_back(std::move(key));
  }
  return zones;
}

}  // namespace dotmesh
