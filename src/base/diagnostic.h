// Diagnostics: faults and warnings in files that people write (zone files, network file, node file).
//
// A Diagnostic names the place (file, line, column), the fault, the other party where there is one,
// and the way out. The same text appears in `dotmesh check`, the log and the status page:
//
//   mesh.zone:41:1: error: CNAME at "wiki.mesh." beside other records (A at mesh.zone:39:1)
//      41 | wiki  CNAME  uisp
//         | ^~~~  keep one of the two
//
// Values; not thread-safe; a Diagnostics object belongs to the load or check that fills it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dotmesh {

// Where something stands in a file. Line and column count from 1; 0 means "not known" (a whole file).
// Column counts bytes, as compilers do.
struct SourcePosition {
  std::string file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;

  // "mesh.zone:41:1", "mesh.zone:41", or "mesh.zone".
  std::string to_string() const;
  bool operator==(const SourcePosition&) const = default;
  auto operator<=>(const SourcePosition&) const = default;
};

enum class Severity : std::uint8_t { kWarning, kError };

struct Diagnostic {
  Severity severity = Severity::kError;
  std::string code;         // stable, kebab-case, for programs and acknowledgements: "cname-and-other-data"
  SourcePosition position;  // where the fault is
  std::string message;      // one line, no final full stop
  std::string record;       // the record or setting concerned, as text; may be empty
  std::string source_line;  // the line at `position`, without line end; may be empty
  std::uint32_t width = 0;  // bytes to underline from `position.column`; 0 underlines one
  std::string counterpart;         // the record that it clashes with; may be empty
  SourcePosition counterpart_position;  // file empty when there is no counterpart
  std::string way_out;      // what to do about it
};

// Collects diagnostics of one run. Bounded: after kMaxKept the rest are only counted.
class Diagnostics {
 public:
  // A repository of ten thousand broken zones must not fill memory; people read the first screens.
  static constexpr std::size_t kMaxKept = 10'000;

  void add(Diagnostic diagnostic);
  // Shorthands for a fault without counterpart.
  void error(std::string code, SourcePosition position, std::string message, std::string way_out = {});
  void warning(std::string code, SourcePosition position, std::string message, std::string way_out = {});

  bool has_errors() const { return errors_ != 0; }
  std::size_t error_count() const { return errors_; }
  std::size_t warning_count() const { return warnings_; }
  const std::vector<Diagnostic>& all() const { return kept_; }
  // Orders by file, line, column (stable), as a person would read them.
  void sort();
  void append(const Diagnostics& other);
  // Positions in the file `from` are told as positions in `to`.
  void rename_file(std::string_view from, std::string_view to);

 private:
  void add_simple(Severity severity, std::string code, SourcePosition position, std::string message,
                  std::string way_out);

  std::vector<Diagnostic> kept_;
  std::size_t errors_ = 0;
  std::size_t warnings_ = 0;
};

// One diagnostic as text for people (several lines, with final newline). `context` is appended to the
// way out: "zones of commit 3f2a91c are still being served".
std::string render_text(const Diagnostic& diagnostic, std::string_view context = {});
// All of them and a closing count line.
std::string render_text(const Diagnostics& diagnostics, std::string_view context = {});

}  // namespace dotmesh
