// The one table of settings: each row names a key, the member that it fills, its default and its
// meaning. The parser, the defaults, the messages about unknown keys and the reference pages all come
// out of the same rows, so adding a setting is adding a row (and the member).
//
// A file is a tree of tables (TableSpec); a table fills one struct, a repeated table ([[...]]) one
// element of a vector each time. What a row accepts follows from the type of its member:
//
//   std::string  bool  std::uint32_t  milliseconds  ByteSize  FilePath  RepoLocation  SocketAddress
//   Name  IpPrefix  RoleSet  and std::optional, std::vector, Located of these
//
// Rows are constants; reading is done by one thread on its own objects.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/ip_prefix.h"
#include "base/socket_address.h"
#include "config/source_text.h"
#include "config/toml_document.h"
#include "config/values.h"
#include "dns/name.h"

namespace dotmesh {

// A network of ten thousand zones fits many times; more is a mistake or an attack.
inline constexpr std::size_t kMaxConfigFile = std::size_t{16} << 20;

// What a value may be beyond its type. For durations milliseconds, for sizes octets, for strings their
// length, for arrays the bounds of each element.
struct Bounds {
  std::int64_t least = 0;
  std::int64_t most = std::numeric_limits<std::int64_t>::max();
  std::uint16_t port = 53;  // of an address written without one
};

class SettingReader;

struct Setting {
  std::string_view name;
  std::string_view default_text;  // as in the file; empty: none, `meaning` says what then holds
  std::string_view meaning;       // one sentence for the reference page
  Bounds bounds;
  bool required = false;
  std::string_view type;  // "duration", "list of names"
  bool (*read)(SettingReader& reader, const Setting& setting, const RawValue& value, void* object);
};

struct TableSpec {
  std::string_view name;  // within its parent
  bool repeated = false;
  std::string_view meaning;
  std::span<const Setting> settings;
  std::span<const TableSpec> tables;
  void* (*open)(void* parent, const Place& place);  // the struct to fill
};

// Reads values into members and reports what does not fit.
class SettingReader {
 public:
  // `folder`: where the file stands; relative file paths start there ("": leave them as they are).
  // `unknown`: how bad a key is that no row names.
  SettingReader(const SourceText& source, std::string folder, Severity unknown, Diagnostics& diagnostics)
      : source_(source), folder_(std::move(folder)), unknown_(unknown), diagnostics_(diagnostics) {}

  // Sets every default of `spec`, then reads `table` into `object`. `path`: "" for the file itself.
  // `complete`: whether absent settings are faults.
  void read_table(const TableSpec& spec, std::string_view path, const RawTable& table,
                  const Place& place, void* object, bool complete);

  bool read(const Setting& s, const RawValue& v, std::string& out);
  bool read(const Setting& s, const RawValue& v, bool& out);
  bool read(const Setting& s, const RawValue& v, std::uint32_t& out);
  bool read(const Setting& s, const RawValue& v, std::chrono::milliseconds& out);
  bool read(const Setting& s, const RawValue& v, ByteSize& out);
  bool read(const Setting& s, const RawValue& v, FilePath& out);
  bool read(const Setting& s, const RawValue& v, RepoLocation& out);
  bool read(const Setting& s, const RawValue& v, SocketAddress& out);
  bool read(const Setting& s, const RawValue& v, Name& out);
  bool read(const Setting& s, const RawValue& v, IpPrefix& out);
  bool read(const Setting& s, const RawValue& v, RoleSet& out);

  template <typename T>
  bool read(const Setting& s, const RawValue& v, std::optional<T>& out) {
    return read(s, v, out.emplace());
  }
  template <typename T>
  bool read(const Setting& s, const RawValue& v, Located<T>& out) {
    const bool good = read(s, v, out.value);
    if (good) out.place = v.place;
    return good;
  }
  template <typename T>
  bool read(const Setting& s, const RawValue& v, std::vector<T>& out) {
    const auto* elements = std::get_if<std::vector<RawValue>>(&v.value);
    if (elements == nullptr) return wrong_kind(s, v, "an array");
    out.clear();  // the default
    bool good = true;
    for (const RawValue& element : *elements) {
      T one{};
      bool fits = read(s, element, one);
      good = good && fits;
      if (fits) out.push_back(std::move(one));
    }
    if (good && out.empty() && s.required) return empty_array(s, v);
    return good;
  }

 private:
  bool wrong_kind(const Setting& s, const RawValue& v, std::string_view expected);
  bool empty_array(const Setting& s, const RawValue& v);
  // `message` may hold "fault; way out".
  bool bad_value(const RawValue& v, std::string_view message);
  bool within(const Setting& s, const RawValue& v, std::int64_t number, std::string (*text)(std::int64_t));
  void read_sub_table(const TableSpec& spec, std::string_view path, const RawEntry& entry, void* parent,
                      bool complete);
  void unknown_key(const TableSpec& spec, std::string_view path, const RawEntry& entry);
  std::string resolve(std::string_view path) const;

  const SourceText& source_;
  std::string folder_;
  Severity unknown_;
  Diagnostics& diagnostics_;
};

namespace setting_detail {

template <typename T>
struct TypeName;
template <> struct TypeName<std::string> { static constexpr std::string_view kOne = "string", kMany = "list of strings"; };
template <> struct TypeName<bool> { static constexpr std::string_view kOne = "true or false", kMany = ""; };
template <> struct TypeName<std::uint32_t> { static constexpr std::string_view kOne = "integer", kMany = "list of integers"; };
template <> struct TypeName<std::chrono::milliseconds> { static constexpr std::string_view kOne = "duration", kMany = ""; };
template <> struct TypeName<ByteSize> { static constexpr std::string_view kOne = "size", kMany = ""; };
template <> struct TypeName<FilePath> { static constexpr std::string_view kOne = "path", kMany = "list of paths"; };
template <> struct TypeName<RepoLocation> { static constexpr std::string_view kOne = "path or URL", kMany = ""; };
template <> struct TypeName<SocketAddress> { static constexpr std::string_view kOne = "address", kMany = "list of addresses"; };
template <> struct TypeName<Name> { static constexpr std::string_view kOne = "domain name", kMany = "list of domain names"; };
template <> struct TypeName<IpPrefix> { static constexpr std::string_view kOne = "address prefix", kMany = "list of address prefixes"; };
template <> struct TypeName<RoleSet> { static constexpr std::string_view kOne = "list of roles", kMany = ""; };
template <typename T> struct TypeName<std::optional<T>> : TypeName<T> {};
template <typename T> struct TypeName<Located<T>> : TypeName<T> {};
template <typename T> struct TypeName<std::vector<T>> { static constexpr std::string_view kOne = TypeName<T>::kMany; };

template <typename M>
struct Member;
template <typename C, typename T>
struct Member<T C::*> {
  using Class = C;
  using Type = T;
};

}  // namespace setting_detail

// One row: setting<&NodeSection::state>("state", "\"/var/lib/dotmesh\"", "Where ...").
template <auto Pointer>
constexpr Setting setting(std::string_view name, std::string_view default_text, std::string_view meaning,
                          Bounds bounds = {}) {
  using M = setting_detail::Member<decltype(Pointer)>;
  return {name, default_text, meaning, bounds, false, setting_detail::TypeName<typename M::Type>::kOne,
          [](SettingReader& reader, const Setting& s, const RawValue& value, void* object) {
            return reader.read(s, value, static_cast<typename M::Class*>(object)->*Pointer);
          }};
}

template <auto Pointer>
constexpr Setting required_setting(std::string_view name, std::string_view meaning, Bounds bounds = {}) {
  Setting row = setting<Pointer>(name, {}, meaning, bounds);
  row.required = true;
  return row;
}

// A table that fills the member `Pointer` of its parent's struct.
template <auto Pointer>
void* open_member(void* parent, const Place& /*place*/) {
  using M = setting_detail::Member<decltype(Pointer)>;
  return &(static_cast<typename M::Class*>(parent)->*Pointer);
}

// A repeated table that appends to the vector `Pointer`; the element's `place` is its header's.
template <auto Pointer>
void* open_element(void* parent, const Place& place) {
  using M = setting_detail::Member<decltype(Pointer)>;
  auto& element = (static_cast<typename M::Class*>(parent)->*Pointer).emplace_back();
  element.place = place;
  return &element;
}

}  // namespace dotmesh
