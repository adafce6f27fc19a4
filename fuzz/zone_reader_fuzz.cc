// Any octets as a zone file: the reader tells every fault at a place that is there, in words that a
// terminal can take, delivers well-formed records only, and the same ones twice; the builder makes of them
// the same zone with and without a base; and a load agrees with the reader. The file may include itself and
// one beside it.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "dns/rdata.h"
#include "network/loader.h"
#include "zone/zone_builder.h"
#include "zone/zone_reader.h"

namespace dotmesh {
namespace {

constexpr const char* kOther = "$TTL 60\n@ SOA ns host 7 2 3 4 5\n@ NS ns\nns A 10.0.0.1\nwiki A 10.0.0.2\n";
constexpr const char* kBeside = "inner A 10.0.0.3\n TXT \"a\" \"b\"\n";
constexpr std::size_t kMaxRecordsLoaded = 20'000;  // many includes of one file; right as well, and take their time

[[noreturn]] void broken(const char* what, const std::string& detail = {}) {
  std::fprintf(stderr, "%s\n%s\n", what, detail.c_str());
  std::abort();
}

// Whether `rdata` has the shape of its type, as far as the rest of the program relies on it.
bool well_formed(RRType type, std::span<const std::uint8_t> rdata) {
  if (rdata.size() > 65535) return false;
  if (type == RRType::kA) return rdata.size() == 4;
  if (type == RRType::kAAAA) return rdata.size() == 16;
  if (type == RRType::kTXT) {
    std::size_t at = 0;
    while (at < rdata.size()) at += 1U + rdata[at];
    return at == rdata.size() && at != 0;
  }
  RdataName places[2];
  const std::size_t names = rdata_names(type, rdata, places);
  if (names != rdata_layout(type).names) return false;
  std::size_t end = 0;
  for (std::size_t i = 0; i < names; i++) {
    auto name = Name::from_wire(rdata.subspan(places[i].offset));
    if (!name || name->size() != places[i].size) return false;
    end = std::size_t{places[i].offset} + places[i].size;
  }
  return type != RRType::kSOA || rdata.size() == end + 20;
}

class CheckingSink : public RecordSink {
 public:
  explicit CheckingSink(RecordSink* next) : next_(next) {}
  void on_record(const RecordView& r) override {
    auto owner = Name::from_wire(r.owner.wire());
    if (!owner || owner->size() != r.owner.size()) broken("owner");
    if (!well_formed(r.type, r.rdata)) broken("rdata", r.owner.to_string() + " " + to_string(r.type));
    if (r.ttl > 0x7fffffff) broken("ttl");
    if (r.line == 0) broken("line");
    count_++;
    for (std::uint8_t c : r.owner.wire()) mix(c);
    for (std::uint8_t c : r.rdata) mix(c);
    mix(static_cast<std::uint32_t>(r.type));
    mix(r.ttl);
    mix(r.line);
    mix(r.file);
    if (next_ != nullptr && count_ <= kMaxRecordsLoaded) next_->on_record(r);
  }
  std::size_t count() const { return count_; }
  std::uint64_t digest() const { return digest_; }

 private:
  void mix(std::uint32_t value) { digest_ = (digest_ ^ value) * 0x100000001b3; }

  RecordSink* next_;
  std::size_t count_ = 0;
  std::uint64_t digest_ = 0xcbf29ce484222325;
};

// Every fault stands somewhere, and no control character reaches the terminal.
void check_words(const Diagnostics& diagnostics, std::string_view text) {
  const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
  for (const Diagnostic& d : diagnostics.all()) {
    if (d.code.empty() || d.message.empty() || d.position.file.empty()) broken("a fault without words");
    if (d.position.file == "mesh.zone" && d.position.line > lines) broken("a line that is not there", render_text(d) + std::string(text));
    for (char c : render_text(d)) {
      if ((static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') || c == 0x7f) broken("control", d.code);
    }
  }
  if (diagnostics.error_count() > kMaxFaultsPerZone + kMaxViolations + 2 * kMaxFilesPerZone) broken("too many faults");
}

void try_zone(std::string text) {
  const Name origin = *Name::parse("mesh.");
  MemoryTree tree({{"mesh.zone", text}, {"beside", kBeside}});
  Diagnostics diagnostics;
  ZoneBuilder fresh(origin);
  CheckingSink first(&fresh);
  ZoneReader reader(tree, diagnostics);
  const bool good = reader.read("mesh.zone", origin, first);
  if (good == diagnostics.has_errors()) broken("good and faulty at once");
  check_words(diagnostics, text);

  std::shared_ptr<const Zone> base;
  {
    MemoryTree other(std::map<std::string, std::string>{{"mesh.zone", kOther}});
    ZoneBuilder builder(origin);
    if (!ZoneReader(other, diagnostics).read("mesh.zone", origin, builder)) broken("the other zone");
    base = *builder.build(1);
  }
  Diagnostics again;
  ZoneBuilder upon(origin, base);
  CheckingSink second(&upon);
  ZoneReader(tree, again).read("mesh.zone", origin, second);
  if (second.digest() != first.digest() || second.count() != first.count()) broken("two readings of one text");

  auto alone = fresh.build(9);
  auto changed = upon.build(9);
  if (alone.has_value() != changed.has_value()) broken("a base makes a zone bad or good");
  if (alone && (*alone)->record_count() != (*changed)->record_count()) broken("a base changes the zone");
  if (alone && (*alone)->record_count() != base->record_count() + upon.added() - upon.removed()) broken("the difference");
  find_soa_serial(text);

  if (first.count() > kMaxRecordsLoaded) return;
  LoadResult loaded = load_generation(tree, {}, nullptr);
  if ((loaded.generation != nullptr) != (good && alone.has_value())) {
    broken("the load thinks otherwise", render_text(loaded.diagnostics));
  }
  if ((loaded.generation == nullptr) != loaded.diagnostics.has_errors()) broken("refused without a word");
  check_words(loaded.diagnostics, text);
}

}  // namespace
}  // namespace dotmesh

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  dotmesh::try_zone(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
