#include "zone/zone_reader.h"

#include <fmt/format.h>

extern "C" {
#include <libzscanner/scanner.h>
}

#include <algorithm>
#include <cstring>
#include <memory>

#include "zone/zone_fault.h"
#include "zone/zone_lexer.h"
#include "zone/zone_words.h"

namespace dotmesh {
namespace {

constexpr std::uint32_t kMaxTtl = 0x7fffffff;  // RFC 2181 section 8
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

struct ScannerEnd {
  void operator()(zs_scanner_t* scanner) const {
    zs_deinit(scanner);
    delete scanner;
  }
};
using Scanner = std::unique_ptr<zs_scanner_t, ScannerEnd>;  // 200 KiB: never on the stack

// Without callbacks libzscanner hands back each record, fault and $INCLUDE; it opens no file itself.
Scanner make_scanner(NameView origin, std::uint32_t ttl) {
  auto* raw = new zs_scanner_t;
  if (zs_init(raw, ".", static_cast<std::uint16_t>(RRClass::kIN), ttl) != 0) {
    delete raw;
    return nullptr;
  }
  std::memcpy(raw->zone_origin, origin.data(), origin.size());
  raw->zone_origin_length = static_cast<std::uint32_t>(origin.size());
  return Scanner(raw);
}

// libzscanner refuses CR LF and a last line without line feed. Offsets stay what they are.
std::string with_plain_line_ends(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 1);
  out = text;
  for (std::size_t i = out.find('\r'); i != std::string::npos; i = out.find('\r', i + 1)) {
    if (i + 1 == out.size() || out[i + 1] == '\n') out[i] = ' ';
  }
  if (!out.ends_with('\n')) out += '\n';
  return out;
}

std::string_view folder_of(std::string_view path) {
  std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash + 1);
}

// What all files of one zone share.
struct Reading {
  const FileTree& tree;
  Diagnostics& diagnostics;
  RecordSink& sink;
  std::vector<std::string>& files;
  std::size_t first_file = 0;  // of this zone in `files`
  std::size_t opened = 0;
  std::size_t octets = 0;
  std::size_t records = 0;
  std::size_t faults = 0;
  bool faulty = false;

  bool read_file(const std::string& path, FileBytes bytes, NameView origin, std::uint32_t ttl, std::size_t depth);
};

class FileReader {
 public:
  FileReader(Reading& reading, std::string path, std::string_view text, std::size_t depth)
      : reading_(reading), path_(std::move(path)), text_(text), depth_(depth) {
    auto known = std::find(reading.files.begin() + static_cast<std::ptrdiff_t>(reading.first_file),
                           reading.files.end(), path_);
    file_ = static_cast<std::uint32_t>(known - reading.files.begin());
    if (known == reading.files.end()) reading.files.push_back(path_);
  }

  void read(NameView origin, std::uint32_t ttl) {
    if (!prepare()) return;
    scanner_ = make_scanner(origin, ttl);
    origin_ = origin;
    if (!scanner_ || zs_set_input_string(scanner_.get(), text_.data(), text_.size()) != 0) {
      return file_fault("out-of-memory", "out of memory while reading", "");
    }
    start_state_ = scanner_->cs;
    while (faults_ < kMaxFaultsPerFile && reading_.faults < kMaxFaultsPerZone) {
      if (zs_parse_record(scanner_.get()) != 0) return file_fault("syntax", zs_strerror(scanner_->error.code), "");
      switch (scanner_->state) {
        case ZS_STATE_DATA: take_record(); break;
        case ZS_STATE_ERROR: take_fault(); break;
        case ZS_STATE_INCLUDE: take_include(); break;
        default: return;
      }
    }
    if (faults_ < kMaxFaultsPerFile && depth_ > 1) return;  // told once, of the zone's own file
    file_fault("too-many-faults", fmt::format("more than {} faults; the rest of the file is not read", kMaxFaultsPerFile),
               "is this a zone file?");
  }

 private:
  bool prepare() {
    if (std::size_t nul = text_.find('\0'); nul != std::string_view::npos) {
      file_fault("binary-file", fmt::format("not a text file: a NUL octet at offset {}", nul),
                 "remove the file, or save it as plain text");
      return false;
    }
    if (text_.starts_with(kByteOrderMark)) text_.remove_prefix(kByteOrderMark.size());
    if (text_.find('\r') != std::string_view::npos || !text_.ends_with('\n')) {
      plain_ = with_plain_line_ends(text_);
      text_ = plain_;
    }
    return true;
  }

  std::size_t scanner_offset() const {
    if (scanner_->input.eof) return text_.size();
    return static_cast<std::size_t>(scanner_->input.current - text_.data());
  }

  // The entry that holds `offset`, searched from the end of the last record.
  ZoneEntry entry_at(std::size_t offset) const {
    ZoneEntry entry = read_entry(text_, next_);
    while (entry.end < offset && entry.end + 1 < text_.size() && !entry.unclosed_parenthesis) {
      entry = read_entry(text_, entry.end + 1);
    }
    return entry;
  }

  std::uint32_t line_of(std::size_t offset) const {
    auto begin = text_.begin() + static_cast<std::ptrdiff_t>(std::min(next_, offset));
    auto lines = std::count(begin, text_.begin() + static_cast<std::ptrdiff_t>(offset), '\n');
    return next_line_ + static_cast<std::uint32_t>(lines);
  }

  // The next entry begins behind the line that ends at `end`.
  void advance_to(std::size_t end) {
    end = std::min(end + 1, text_.size());
    next_line_ = line_of(end);
    next_ = end;
  }

  void take_record() {
    std::size_t end = scanner_offset();
    std::size_t last_line = text_.rfind('\n', end == 0 ? 0 : end - 1);
    last_line = last_line == std::string_view::npos || last_line < next_ ? next_ : last_line + 1;
    owner_is_good_ = true;
    std::uint32_t line = static_cast<std::uint32_t>(scanner_->line_counter);
    bool over_several_lines =
        scanner_->multiline || text_.substr(last_line, end - last_line).find(')') != std::string_view::npos;
    if (!over_several_lines && scanner_->r_ttl <= kMaxTtl) {
      next_ = end + 1;
      next_line_ = line + 1;
      return deliver(line);
    }
    ZoneEntry entry = entry_at(end);
    if (entry.unclosed_parenthesis || entry.stray_parenthesis) {
      return add_and_restart(entry, explain_zone_fault(entry, ZS_UNCLOSED_MULTILINE, end));
    }
    if (scanner_->multiline && !entry.tokens.empty() && entry.tokens.back().offset >= end) {
      return add_and_restart(entry, explain_text_after_record(entry, end));
    }
    line = line_of(entry.tokens.empty() ? entry.begin : entry.tokens[0].offset);
    if (scanner_->r_ttl > kMaxTtl) {
      add(explain_ttl_too_large(entry), entry);
    } else {
      deliver(line);
    }
    advance_to(std::max(entry.end, end));
  }

  void deliver(std::uint32_t line) {
    reading_.records++;
    reading_.sink.on_record({.owner = NameView(scanner_->r_owner, scanner_->r_owner_length),
                             .type = static_cast<RRType>(scanner_->r_type),
                             .rclass = scanner_->r_class,
                             .ttl = scanner_->r_ttl,
                             .rdata = {scanner_->r_data, scanner_->r_data_length},
                             .file = file_,
                             .line = line});
  }

  void take_fault() {
    std::size_t end = scanner_offset();
    int code = scanner_->error.code;
    // `buffer` holds the rest of the line from where the scanner stopped, and a NUL.
    std::size_t rest = scanner_->buffer_length == 0 ? 0 : scanner_->buffer_length - 1;
    std::size_t stopped_at = scanner_->input.eof ? end : end - std::min(rest, end);
    ZoneEntry entry = entry_at(std::max(stopped_at, next_));
    if (!entry.blank_owner && !entry.tokens.empty() && is_origin_directive(entry)) {
      // libzscanner has written over its origin.
      update_origin(entry.begin);
      bool taken = code == ZS_BAD_ORIGIN && take_relative_origin(entry);
      set_scanner_origin();
      if (taken) return restart_behind(entry);
    }
    if (code == ZS_BAD_PREVIOUS_OWNER && !owner_is_good_) {  // the fault before is reported already
      count_fault();
      return restart_behind(entry);
    }
    owner_is_good_ = scanner_->r_owner_length != 0 || entry.tokens.empty();
    add_and_restart(entry, explain_zone_fault(entry, code, stopped_at));
  }

  static bool is_origin_directive(const ZoneEntry& entry) {
    return entry.tokens[0].text.size() == 7 && upper_case(entry.tokens[0].text) == "$ORIGIN";
  }

  // Follows the $ORIGIN lines up to `offset`, the start of an entry. Needed only where one is faulty
  // or relative; each line is looked at once.
  void update_origin(std::size_t offset) {
    while (origin_at_ < offset) {
      ZoneEntry entry = read_entry(text_, origin_at_);
      if (entry.tokens.size() == 2 && !entry.blank_owner && is_origin_directive(entry)) {
        if (Result<Name> origin = Name::parse(entry.tokens[1].text, origin_)) origin_ = *origin;
      }
      origin_at_ = entry.end + 1;
    }
  }

  // libzscanner wants whole names in $ORIGIN; RFC 1035 section 5.1 allows relative ones.
  bool take_relative_origin(const ZoneEntry& entry) {
    if (entry.tokens.size() != 2) return false;
    Result<Name> origin = Name::parse(entry.tokens[1].text, origin_);
    if (!origin) return false;
    origin_ = *origin;
    origin_at_ = entry.end + 1;
    return true;
  }

  void set_scanner_origin() {
    std::memcpy(scanner_->zone_origin, origin_.data(), origin_.size());
    scanner_->zone_origin_length = static_cast<std::uint32_t>(origin_.size());
  }

  void take_include() {
    std::size_t end = scanner_offset();
    ZoneEntry entry = entry_at(end);
    if (entry.unclosed_parenthesis || entry.stray_parenthesis) {
      return add_and_restart(entry, explain_zone_fault(entry, ZS_UNCLOSED_MULTILINE, end));
    }
    if (entry.tokens.size() >= 2) include(entry);
    // libzscanner leaves a place of its stack of 16 behind with each $INCLUDE, and writes beyond its end.
    restart_behind(entry);
  }

  void include(const ZoneEntry& entry) {
    const ZoneToken& name = entry.tokens[1];
    std::string_view written = scanner_->include_filename;
    const auto refuse = [&](std::string code, std::string message, std::string way_out) {
      add({.code = std::move(code), .message = std::move(message), .way_out = std::move(way_out),
           .offset = name.offset, .width = name.text.size(), .counterpart = {}, .counterpart_offset = {}}, entry);
    };
    if (written.starts_with("./")) written.remove_prefix(2);  // libzscanner's own, for relative paths
    Result<std::string> path =
        written.starts_with('/') ? normalise_tree_path(written)
                                 : normalise_tree_path(std::string(folder_of(path_)) + std::string(written));
    if (!path) {
      return refuse("include-outside", fmt::format("$INCLUDE {}: {}", quote_for_message(written), path.error().message),
                    "name a file of the repository, relative to this file's folder");
    }
    if (depth_ >= kMaxIncludeDepth) {
      return refuse("include-too-deep", fmt::format("$INCLUDE {} is nested deeper than {} files",
                                                    quote_for_message(written), kMaxIncludeDepth),
                    "does a file include itself?");
    }
    if (reading_.opened >= kMaxFilesPerZone) {
      return refuse("too-many-includes", fmt::format("the zone includes more than {} files", kMaxFilesPerZone),
                    "join some of them");
    }
    Result<FileBytes> bytes = reading_.tree.read(*path);
    if (!bytes) {
      return refuse("include-unreadable", fmt::format("$INCLUDE {}: {}", quote_for_message(written), bytes.error().message),
                    "name a file of the repository, relative to this file's folder");
    }
    Result<Name> origin = Name::parse(reinterpret_cast<const char*>(scanner_->buffer));
    if (!origin) return refuse("bad-origin", "the origin of $INCLUDE is not a domain name", "write a whole name");
    if (!reading_.read_file(*path, std::move(*bytes), *origin, scanner_->default_ttl, depth_ + 1)) {
      refuse("zone-too-large", "the files of the zone are too large together", "split the zone");
    }
  }

  void add_and_restart(const ZoneEntry& entry, ZoneFault fault) {
    add(std::move(fault), entry);
    restart_behind(entry);
  }

  // Goes on with the line behind `entry`. Origin, TTL and owner stay.
  void restart_behind(const ZoneEntry& entry) {
    advance_to(entry.end);
    scanner_->cs = start_state_;
    scanner_->top = 0;
    scanner_->multiline = false;
    scanner_->long_string = false;
    scanner_->comma_list = false;
    scanner_->error.fatal = false;
    scanner_->error.code = ZS_OK;
    scanner_->state = ZS_STATE_NONE;
    scanner_->input.start = text_.data();
    scanner_->input.current = text_.data() + next_;
    scanner_->input.end = text_.data() + text_.size();
    scanner_->input.eof = false;
    scanner_->line_counter = next_line_;
  }

  void add(ZoneFault fault, const ZoneEntry& entry) {
    count_fault();
    Diagnostic d;
    d.code = std::move(fault.code);
    d.position = position_of(fault.offset);
    d.message = std::move(fault.message);
    d.way_out = std::move(fault.way_out);
    d.width = static_cast<std::uint32_t>(std::min<std::size_t>(fault.width, kMaxEntrySize));
    d.source_line = line_text(fault.offset);
    std::size_t first = entry.tokens.empty() ? fault.offset : entry.tokens[0].offset;
    d.record = line_text(first);
    if (fault.counterpart_offset) {
      d.counterpart = std::move(fault.counterpart);
      d.counterpart_position = position_of(*fault.counterpart_offset);
    }
    reading_.diagnostics.add(std::move(d));
  }

  SourcePosition position_of(std::size_t offset) const {
    offset = std::min(offset, text_.size());
    std::size_t line = offset == 0 ? std::string_view::npos : text_.rfind('\n', offset - 1);
    std::size_t column = line == std::string_view::npos ? offset : offset - line - 1;
    return {path_, line_of(offset), static_cast<std::uint32_t>(column + 1)};
  }

  std::string line_text(std::size_t offset) const {
    std::size_t begin = offset == 0 ? std::string_view::npos : text_.rfind('\n', offset - 1);
    begin = begin == std::string_view::npos ? 0 : begin + 1;
    return printable_line(text_.substr(begin, text_.find('\n', begin) - begin));
  }

  void count_fault() {
    reading_.faulty = true;
    reading_.faults++;
    faults_++;
  }

  void file_fault(std::string code, std::string message, std::string way_out) {
    reading_.faulty = true;
    reading_.diagnostics.error(std::move(code), {path_}, std::move(message), std::move(way_out));
  }

  Reading& reading_;
  std::string path_;
  std::string_view text_;
  std::string plain_;
  std::size_t depth_;
  std::uint32_t file_ = 0;
  Scanner scanner_;
  int start_state_ = 0;
  // Everything before has been read: the start of a line, and that line's number.
  std::size_t next_ = 0;
  std::uint32_t next_line_ = 1;
  Name origin_;                // in force at origin_at_; the scanner's own may be further on
  std::size_t origin_at_ = 0;
  std::size_t faults_ = 0;
  bool owner_is_good_ = true;  // false: blank owners refer to a record that could not be read
};

bool Reading::read_file(const std::string& path, FileBytes bytes, NameView origin, std::uint32_t ttl,
                        std::size_t depth) {
  opened++;
  octets += bytes.size();
  if (octets > kMaxZoneOctets) return false;
  FileReader(*this, path, bytes.text(), depth).read(origin, ttl);
  return true;
}

}  // namespace

ZoneReader::ZoneReader(const FileTree& tree, Diagnostics& diagnostics)
    : tree_(tree), diagnostics_(diagnostics) {}

bool ZoneReader::read(std::string_view path, NameView origin, RecordSink& sink) {
  Result<std::string> normal = normalise_tree_path(path);
  Result<FileBytes> bytes = normal ? tree_.read(*normal) : std::unexpected(normal.error());
  if (!bytes) {
    diagnostics_.error("unreadable-file", {std::string(path)}, fmt::format("cannot read the zone file: {}", bytes.error().message),
                       "add the file, or remove its entry from the network file");
    return false;
  }
  Reading reading{.tree = tree_, .diagnostics = diagnostics_, .sink = sink, .files = files_, .first_file = files_.size()};
  reading.read_file(*normal, std::move(*bytes), origin, kDefaultTtl, 1);
  if (!reading.faulty && reading.records == 0) {
    reading.faulty = true;
    diagnostics_.error("no-records", {*normal}, fmt::format("zone {} has no records", origin.to_string()),
                       "add at least an SOA and an NS record, or remove the file");
  }
  return !reading.faulty;
}

std::optional<std::uint32_t> find_soa_serial(std::string_view text) {
  std::string plain;
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (text.find('\r') != std::string_view::npos || !text.ends_with('\n')) text = plain = with_plain_line_ends(text);
  Scanner scanner = make_scanner(NameView(), kDefaultTtl);
  if (!scanner || zs_set_input_string(scanner.get(), text.data(), text.size()) != 0) return std::nullopt;
  const int start_state = scanner->cs;
  while (zs_parse_record(scanner.get()) == 0 &&
         (scanner->state == ZS_STATE_DATA || scanner->state == ZS_STATE_INCLUDE)) {
    if (scanner->state == ZS_STATE_INCLUDE) {  // see take_include()
      scanner->cs = start_state;
      scanner->top = 0;
      continue;
    }
    if (scanner->r_type != static_cast<std::uint16_t>(RRType::kSOA)) continue;
    std::uint32_t length = scanner->r_data_length;
    if (length < 20) return std::nullopt;
    const std::uint8_t* serial = scanner->r_data + length - 20;
    return std::uint32_t{serial[0]} << 24 | std::uint32_t{serial[1]} << 16 | std::uint32_t{serial[2]} << 8 | serial[3];
  }
  return std::nullopt;
}

}  // namespace dotmesh
