#include "config/setting.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/nearest.h"
#include "base/units.h"

namespace dotmesh {
namespace {

// "[zone]" for people: "[[zone.generate]]", or "the file" at the top.
std::string table_text(const TableSpec& spec, std::string_view path) {
  if (path.empty()) return "the file";
  return fmt::format("{}{}{}", spec.repeated ? "[[" : "[", path, spec.repeated ? "]]" : "]");
}

std::string join_path(std::string_view path, std::string_view name) {
  return path.empty() ? std::string(name) : fmt::format("{}.{}", path, name);
}

std::string plain(std::int64_t number) { return std::to_string(number); }
std::string as_duration(std::int64_t number) {
  return fmt::format("\"{}\"", format_duration(std::chrono::milliseconds(number)));
}
std::string as_size(std::int64_t number) { return fmt::format("\"{}B\"", number); }
std::string as_length(std::int64_t number) { return fmt::format("{} octets", number); }

// What libgit2 fetches by.
constexpr std::array<std::string_view, 7> kRepoSchemes = {"https", "http", "ssh", "git", "file", "ssh+git", "git+ssh"};

// A repeated TOML key may be long; a message need not be.
std::string shortened(std::string_view text) {
  return text.size() <= 60 ? std::string(text) : fmt::format("{}...", text.substr(0, 57));
}

}  // namespace

bool SettingReader::wrong_kind(const Setting& s, const RawValue& v, std::string_view expected) {
  diagnostics_.add(source_.fault(
      Severity::kError, "setting-type", v.place,
      fmt::format("\"{}\" must be {}, this is {}", s.name, expected, v.kind()),
      std::string(s.meaning)));
  return false;
}

bool SettingReader::empty_array(const Setting& s, const RawValue& v) {
  diagnostics_.add(source_.fault(Severity::kError, "setting-value", v.place, fmt::format("\"{}\" is empty", s.name), s.meaning));
  return false;
}

bool SettingReader::bad_value(const RawValue& v, std::string_view message) {
  std::size_t split = message.rfind("; ");
  std::string way_out(split == std::string_view::npos ? "" : message.substr(split + 2));
  diagnostics_.add(source_.fault(Severity::kError, "setting-value", v.place,
                                 std::string(message.substr(0, split)), std::move(way_out)));
  return false;
}

bool SettingReader::within(const Setting& s, const RawValue& v, std::int64_t number,
                           std::string (*text)(std::int64_t)) {
  if (number < s.bounds.least) {
    return bad_value(v, fmt::format("\"{}\" is {}, below its least value; write at least {}", s.name,
                                    text(number), text(s.bounds.least)));
  }
  if (number > s.bounds.most) {
    return bad_value(v, fmt::format("\"{}\" is {}, above its greatest value; write at most {}", s.name,
                                    text(number), text(s.bounds.most)));
  }
  return true;
}

bool SettingReader::read(const Setting& s, const RawValue& v, std::string& out) {
  const auto* text = std::get_if<std::string>(&v.value);
  if (text == nullptr) return wrong_kind(s, v, "a string");
  auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::ranges::any_of(*text, control)) {
    return bad_value(v, fmt::format("\"{}\" holds a control character; write one line of text", s.name));
  }
  if (text->empty() && s.bounds.least > 0) {
    diagnostics_.add(source_.fault(Severity::kError, "setting-value", v.place, fmt::format("\"{}\" is empty", s.name), s.meaning));
    return false;
  }
  if (!within(s, v, static_cast<std::int64_t>(text->size()), as_length)) return false;
  out = *text;
  return true;
}

bool SettingReader::read(const Setting& s, const RawValue& v, bool& out) {
  const auto* flag = std::get_if<bool>(&v.value);
  if (flag == nullptr) return wrong_kind(s, v, "true or false without quotes");
  out = *flag;
  return true;
}

bool SettingReader::read(const Setting& s, const RawValue& v, std::uint32_t& out) {
  const auto* number = std::get_if<std::int64_t>(&v.value);
  if (number == nullptr) return wrong_kind(s, v, "an integer");
  Setting bounded = s;
  bounded.bounds.most = std::min<std::int64_t>(s.bounds.most, std::numeric_limits<std::uint32_t>::max());
  if (!within(bounded, v, *number, plain)) return false;
  out = static_cast<std::uint32_t>(*number);
  return true;
}

bool SettingReader::read(const Setting& s, const RawValue& v, std::chrono::milliseconds& out) {
  const auto* text = std::get_if<std::string>(&v.value);
  if (text == nullptr) return wrong_kind(s, v, "a string with a unit, such as \"60s\"");
  auto duration = parse_duration(*text);
  if (!duration) return bad_value(v, duration.error().message);
  if (!within(s, v, duration->count(), as_duration)) return false;
  out = *duration;
  return true;
}

bool SettingReader::read(const Setting& s, const RawValue& v, ByteSize& out) {
  const auto* text = std::get_if<std::string>(&v.value);
  if (text == nullptr) return wrong_kind(s, v, "a string with a unit, such as \"256MiB\"");
  auto size = parse_size(*text);
  if (!size) return bad_value(v, size.error().message);
  auto number = static_cast<std::int64_t>(
      std::min<std::uint64_t>(*size, std::numeric_limits<std::int64_t>::max()));
  if (!within(s, v, number, as_size)) return false;
  out.bytes = *size;
  return true;
}

std::string SettingReader::resolve(std::string_view path) const {
  if (path.empty() || path.starts_with('/') || folder_.empty()) return std::string(path);
  return fmt::format("{}{}{}", folder_, folder_.ends_with('/') ? "" : "/", path);
}

bool SettingReader::read(const Setting& s, const RawValue& v, FilePath& out) {
  std::string text;
  if (!read(s, v, text)) return false;
  out = {.path = resolve(text), .place = v.place};
  return true;
}

bool SettingReader::read(const Setting& s, const RawValue& v, RepoLocation& out) {
  std::string text;
  if (!read(s, v, text)) return false;
  if (const std::size_t end = text.find("://"); end != std::string::npos) {
    const std::string_view scheme = std::string_view(text).substr(0, end);
    if (std::ranges::find(kRepoSchemes, scheme) == kRepoSchemes.end()) {
      const auto nearest = nearest_word(scheme, kRepoSchemes);
      return bad_value(v, fmt::format("\"{}\" is no scheme of a git repository; {}", shortened(scheme),
                                      nearest ? fmt::format("did you mean \"{}\"?", *nearest)
                                              : "write https://, ssh://, file://, user@host:path or a path"));
    }
  }
  // git's own rule: a colon before the first slash is host:path.
  std::size_t colon = text.find(':');
  bool remote = colon != std::string::npos && text.find('/') > colon;
  out.location = remote ? text : resolve(text);
  return true;
}

bool SettingReader::read(const Setting& s, const RawValue& v, SocketAddress& out) {
  const auto* text = std::get_if<std::string>(&v.value);
  if (text == nullptr) return wrong_kind(s, v, "a string such as \"192.0.2.53@53\"");
  auto address = SocketAddress::parse(*text, s.bounds.port);
  if (!address) return bad_value(v, address.error().message);
  out = *address;
  return true;
}

bool SettingReader::read(const Setting& s, const RawValue& v, Name& out) {
  const auto* text = std::get_if<std::string>(&v.value);
  if (text == nullptr) return wrong_kind(s, v, "a string such as \"example.mesh.\"");
  auto name = Name::parse(*text);
  if (!name) return bad_value(v, name.error().message);
  out = *name;
  return true;
}

bool SettingReader::read(const Setting& s, const RawValue& v, IpPrefix& out) {
  const auto* text = std::get_if<std::string>(&v.value);
  if (text == nullptr) return wrong_kind(s, v, "a string such as \"10.0.0.0/8\"");
  auto prefix = IpPrefix::parse(*text);
  if (!prefix) return bad_value(v, prefix.error().message);
  out = *prefix;
  return true;
}

bool SettingReader::read(const Setting& s, const RawValue& v, RoleSet& out) {
  if (std::holds_alternative<std::string>(v.value)) {  // one role without brackets
    RawValue list = v;
    list.value = std::vector<RawValue>{v};
    return read(s, list, out);
  }
  const auto* elements = std::get_if<std::vector<RawValue>>(&v.value);
  if (elements == nullptr) return wrong_kind(s, v, "an array such as [\"authority\", \"resolver\"]");
  out.bits = 0;
  for (const RawValue& element : *elements) {
    const auto* text = std::get_if<std::string>(&element.value);
    if (text == nullptr) return wrong_kind(s, element, "an array of strings");
    if (*text == "authority") {
      out.bits |= kRoleAuthority;
    } else if (*text == "resolver") {
      out.bits |= kRoleResolver;
    } else {
      return bad_value(element, fmt::format("\"{}\" is not a role; write \"authority\" or \"resolver\"",
                                            shortened(*text)));
    }
  }
  if (out.bits == 0) {
    return bad_value(v, fmt::format("\"{}\" is empty; write \"authority\", \"resolver\" or both", s.name));
  }
  return true;
}

void SettingReader::unknown_key(const TableSpec& spec, std::string_view path, const RawEntry& entry) {
  std::vector<std::string_view> known;
  for (const Setting& s : spec.settings) known.push_back(s.name);
  for (const TableSpec& t : spec.tables) known.push_back(t.name);
  std::string way_out;
  if (auto nearest = nearest_word(entry.key, known)) {
    way_out = fmt::format("did you mean \"{}\"?", *nearest);
  } else {
    way_out = "known here:";
    for (std::string_view name : known) way_out += fmt::format(" {}", name);
  }
  diagnostics_.add(source_.fault(unknown_, "unknown-setting", entry.place,
                                 fmt::format("no setting \"{}\" in {}", shortened(entry.key),
                                             table_text(spec, path)),
                                 std::move(way_out)));
}

void SettingReader::read_sub_table(const TableSpec& spec, std::string_view path, const RawEntry& entry,
                                   void* parent, bool complete) {
  const auto wrong_header = [&] {
    diagnostics_.add(source_.fault(
        Severity::kError, "setting-type", entry.place,
        fmt::format("\"{}\" is {}, not {}", path, spec.repeated ? "a repeated table" : "a table",
                    entry.value.kind()),
        fmt::format("write {} and the settings below it", table_text(spec, path))));
  };
  if (!spec.repeated) {
    const auto* table = std::get_if<RawTable>(&entry.value.value);
    if (table == nullptr) return wrong_header();
    return read_table(spec, path, *table, entry.place, spec.open(parent, entry.place), complete);
  }
  const auto* elements = std::get_if<std::vector<RawValue>>(&entry.value.value);
  if (elements == nullptr) return wrong_header();
  for (const RawValue& element : *elements) {
    const auto* table = std::get_if<RawTable>(&element.value);
    if (table == nullptr) return wrong_header();
    read_table(spec, path, *table, element.place, spec.open(parent, element.place), complete);
  }
}

void SettingReader::read_table(const TableSpec& spec, std::string_view path, const RawTable& table,
                               const Place& place, void* object, bool complete) {
  for (const Setting& s : spec.settings) {
    if (s.default_text.empty()) continue;
    SourceText text("default", fmt::format("{} = {}", s.name, s.default_text));
    bool parsed = false;
    RawTable row = parse_toml(text, diagnostics_, parsed);
    if (row.entries.empty()) continue;
    row.entries.front().value.place = {};  // nobody wrote it
    s.read(*this, s, row.entries.front().value, object);
  }
  for (const TableSpec& t : spec.tables) {  // defaults of tables that the file leaves out
    if (t.repeated || table.find(t.name) != nullptr) continue;
    read_table(t, join_path(path, t.name), {}, {}, t.open(object, {}), false);
  }
  for (const RawEntry& entry : table.entries) {
    if (auto s = std::ranges::find(spec.settings, entry.key, &Setting::name); s != spec.settings.end()) {
      s->read(*this, *s, entry.value, object);
    } else if (auto t = std::ranges::find(spec.tables, entry.key, &TableSpec::name);
               t != spec.tables.end()) {
      read_sub_table(*t, join_path(path, t->name), entry, object, complete);
    } else {
      unknown_key(spec, path, entry);
    }
  }
  for (const Setting& s : spec.settings) {
    if (!complete || !s.required || table.find(s.name) != nullptr) continue;
    diagnostics_.add(source_.fault(Severity::kError, "missing-setting", place,
                                   fmt::format("{} has no \"{}\"", table_text(spec, path), s.name),
                                   std::string(s.meaning)));
  }
}

}  // namespace dotmesh
