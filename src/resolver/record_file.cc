#include "resolver/record_file.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "zone/zone_reader.h"

namespace dotmesh {
namespace {

// The reader wants a file of a tree; this is its name there.
constexpr const char* kTreeName = "records";

class Collector : public RecordSink {
 public:
  explicit Collector(std::vector<FileRecord>& records) : records_(records) {}
  void on_record(const RecordView& record) override {
    records_.push_back({.owner = record.owner,
                        .type = record.type,
                        .rdata = {record.rdata.begin(), record.rdata.end()},
                        .line = record.line});
  }

 private:
  std::vector<FileRecord>& records_;
};

std::string_view line_of(std::string_view text, std::uint32_t line) {
  for (; line > 1; --line) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  std::string_view found = text.substr(0, text.find('\n'));
  while (!found.empty() && (found.back() == ' ' || found.back() == '\t' || found.back() == '\r')) found.remove_suffix(1);
  return found;
}

}  // namespace

std::vector<FileRecord> read_records(const std::string& path, std::string_view text, Diagnostics& diagnostics) {
  std::vector<FileRecord> records;
  Collector sink(records);
  MemoryTree tree({{kTreeName, std::string(text)}});
  Diagnostics found;
  ZoneReader(tree, found).read(kTreeName, NameView(), sink);
  found.rename_file(kTreeName, path);
  for (const Diagnostic& diagnostic : found.all()) {
    if (diagnostic.code != "no-records") diagnostics.add(diagnostic);
  }
  return records;
}

Result<std::string> read_record_file(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "re"), std::fclose);
  if (!file) return fail(std::strerror(errno));
  std::string text(kMaxRecordFile + 1, '\0');
  const std::size_t size = std::fread(text.data(), 1, text.size(), file.get());
  if (std::ferror(file.get()) != 0) return fail(std::strerror(errno));
  if (size > kMaxRecordFile) return fail(fmt::format("larger than {} octets", kMaxRecordFile));
  text.resize(size);
  return text;
}

void add_record_fault(Diagnostics& diagnostics, Severity severity, std::string code, const std::string& path,
                      std::string_view text, std::uint32_t line, std::string message, std::string way_out) {
  Diagnostic fault;
  fault.severity = severity;
  fault.code = std::move(code);
  fault.position = {path, line, 1};
  fault.message = std::move(message);
  fault.source_line = line_of(text, line);
  fault.width = static_cast<std::uint32_t>(fault.source_line.size());
  fault.way_out = std::move(way_out);
  diagnostics.add(std::move(fault));
}

}  // namespace dotmesh
