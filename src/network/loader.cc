#include "network/loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <unordered_map>
#include <utility>

#include "dns/rdata.h"
#include "network/explain.h"
#include "network/plan_reader.h"
#include "network/record_place.h"
#include "network/twins.h"
#include "network/zone_plan.h"
#include "zone/zone_builder.h"

namespace dotmesh {
namespace {

// With its length, so that no two lists of texts look alike.
void append_text(std::string& out, std::string_view text) {
  out += fmt::format("{}:{}\n", text.size(), text);
}

// Differs whenever the network file says something else about how the records of `z` are made.
std::string own_settings(const PlannedZone& z) {
  std::string out;
  append_text(out, z.origin.to_string());
  append_text(out, z.file);
  for (const GenerateRule& rule : z.generate) {
    for (const auto* text : {&rule.entry.range, &rule.entry.owner, &rule.entry.type, &rule.entry.rdata}) {
      append_text(out, text->value);
    }
    out += fmt::format("{}\n", rule.entry.ttl.count());
  }
  return out;
}

std::string settings_of(const ZonePlan& plan, std::size_t index) {
  const PlannedZone& z = plan.zones[index];
  std::string out = own_settings(z);
  if (z.twin_of) out += own_settings(plan.zones[*z.twin_of]);
  for (const Rename& rename : z.renames) {
    append_text(out, rename.from.to_string());
    append_text(out, rename.to.to_string());
  }
  if (z.reverse_of.empty()) return out;
  for (std::size_t from : z.reverse_of) {
    out += "reverse of\n" + settings_of(plan, plan.zones[from].twin_of.value_or(from));
    append_text(out, plan.zones[from].origin.to_string());
  }
  for (const PlannedZone& other : plan.zones) {
    if (other.origin.view().is_below(z.origin)) append_text(out, other.origin.to_string());
  }
  for (const auto& entry : plan.config.network.acknowledge) append_text(out, entry.value);
  return out;
}

// Stops handing on when the network becomes too large.
class BudgetSink : public RecordSink {
 public:
  BudgetSink(FanOut& next, std::size_t& left) : next_(next), left_(left) {}
  void on_record(const RecordView& record) override {
    if (left_ < next_.size()) {
      left_ = 0;
      return;
    }
    left_ -= next_.size();
    next_.on_record(record);
  }

 private:
  FanOut& next_;
  std::size_t& left_;
};

class Loader {
 public:
  Loader(const FileTree& tree, const CommitInfo& commit, std::shared_ptr<const Generation> previous,
         std::size_t max_records)
      : tree_(tree), commit_(commit), previous_(std::move(previous)), max_records_(max_records) {}

  LoadResult run();

 private:
  // One zone on its way.
  struct Job {
    std::unique_ptr<ZoneBuilder> builder;         // null: the zone is taken over, or done
    std::unique_ptr<ReverseCollector> collector;  // of a zone with reverse_of
    const RenamingSink* renaming = nullptr;       // of a twin
    ZoneInfo info;
    bool faulty = false;  // something of it could not be read, or it breaks rules: reported
  };

  void start(std::size_t index);
  bool reusable(const ZoneInputs& old, const std::string& settings);
  void take_over(Job& job, const ZoneInfo& old);
  void connect(std::size_t index);
  void read_source(std::size_t source);
  void finish(std::size_t index);
  void add_computed(std::size_t index);
  void report_clash(const ReverseCollector::Clash& clash, const std::string& address, RecordPlaces& places,
                    ZoneInfo& info);
  void remember_inputs(std::size_t index);
  void report_too_many();
  void assemble();

  std::size_t source_of(std::size_t index) const { return plan_.zones[index].twin_of.value_or(index); }
  const std::string& identity(const std::string& path);
  template <typename Sink, typename... Args>
  Sink& make_sink(Args&&... args) {
    auto sink = std::make_unique<Sink>(std::forward<Args>(args)...);
    Sink& reference = *sink;
    sinks_.push_back(std::move(sink));
    return reference;
  }

  const FileTree& tree_;
  const CommitInfo& commit_;
  std::shared_ptr<const Generation> previous_;
  LoadResult result_;
  ZonePlan plan_;
  std::unique_ptr<PlanReader> reader_;
  std::size_t max_records_;
  std::size_t records_left_ = max_records_ + 1;  // 0: too many
  std::deque<Job> jobs_;       // as plan_.zones
  std::vector<FanOut> fans_;   // by declared zone: who wants its records
  std::vector<std::vector<std::size_t>> twins_;              // by declared zone
  std::vector<std::vector<ZoneInputs::File>> source_files_;  // by declared zone, once read
  std::deque<std::unique_ptr<RecordSink>> sinks_;
  std::unordered_map<Name, const ZoneInfo*, NameHash, NameEqual> old_;
  std::unordered_map<std::string, std::string> identities_;
};

LoadResult Loader::run() {
  plan_ = plan_zones(tree_, result_.diagnostics);
  reader_ = std::make_unique<PlanReader>(tree_, plan_, result_.diagnostics);
  std::size_t count = plan_.zones.size();
  jobs_.resize(count);
  fans_.resize(count);
  twins_.resize(count);
  source_files_.resize(count);
  if (previous_) {
    for (const ZoneInfo& info : previous_->zone_infos) old_.emplace(info.origin, &info);
  }
  for (std::size_t i = 0; i < count; i++) start(i);
  for (std::size_t i = 0; i < count; i++) {
    if (jobs_[i].builder) connect(i);
  }
  for (std::size_t i = 0; i < count && records_left_ != 0; i++) {
    if (fans_[i].size() == 0) continue;
    read_source(i);
    if (records_left_ == 0) break;
    if (plan_.zones[i].reverse_of.empty()) finish(i);
    for (std::size_t twin : twins_[i]) finish(twin);
  }
  for (std::size_t i = 0; i < count && records_left_ != 0; i++) {  // what these need has been read by now
    if (!plan_.zones[i].reverse_of.empty()) finish(i);
  }
  if (records_left_ == 0) report_too_many();
  if (!result_.diagnostics.has_errors()) assemble();
  result_.diagnostics.sort();
  return std::move(result_);
}

// Decides whether zone `index` can be taken over from the previous generation.
void Loader::start(std::size_t index) {
  const PlannedZone& z = plan_.zones[index];
  Job& job = jobs_[index];
  job.info.origin = z.origin;
  job.info.file = z.file;
  job.info.generated_rules = z.generate.size();
  if (z.twin_of) job.info.twin_of = plan_.zones[*z.twin_of].origin;
  for (std::size_t from : z.reverse_of) job.info.reverse_of.push_back(plan_.zones[from].origin);
  auto inputs = std::make_shared<ZoneInputs>();
  inputs->settings = settings_of(plan_, index);
  auto old = old_.find(z.origin);
  if (old != old_.end() && reusable(*old->second->inputs, inputs->settings)) {
    return take_over(job, *old->second);
  }
  job.info.inputs = std::move(inputs);
  job.builder = std::make_unique<ZoneBuilder>(z.origin, old == old_.end() ? nullptr : old->second->zone);
}

bool Loader::reusable(const ZoneInputs& old, const std::string& settings) {
  if (old.settings != settings) return false;
  return std::ranges::all_of(old.files, [&](const ZoneInputs::File& file) {
    return !file.identity.empty() && file.identity == identity(file.path);
  });
}

const std::string& Loader::identity(const std::string& path) {
  auto [known, fresh] = identities_.try_emplace(path);
  if (fresh) known->second = tree_.identity(path).value_or(std::string());
  return known->second;
}

void Loader::take_over(Job& job, const ZoneInfo& old) {
  std::uint32_t serial = std::max(commit_.serial, old.file_serial);
  job.info.zone = old.zone->serial() == serial ? old.zone : old.zone->with_serial(serial);
  job.info.file_serial = old.file_serial;
  job.info.warnings = old.warnings;
  job.info.inputs = old.inputs;
  for (const Diagnostic& warning : old.warnings) result_.diagnostics.add(warning);
  result_.zones_reused++;
}

// Lets the records of every source of zone `index` flow to its builder.
void Loader::connect(std::size_t index) {
  const PlannedZone& z = plan_.zones[index];
  Job& job = jobs_[index];
  if (z.twin_of) {
    auto& renaming = make_sink<RenamingSink>(z.renames, *job.builder);
    job.renaming = &renaming;
    fans_[*z.twin_of].add(renaming);
    twins_[*z.twin_of].push_back(index);
    return;
  }
  fans_[index].add(*job.builder);
  if (z.reverse_of.empty()) return;
  job.collector = std::make_unique<ReverseCollector>(make_collector(plan_, index));
  fans_[index].add(make_sink<CollectSink>(*job.collector, true));
  for (std::size_t from : z.reverse_of) {
    auto& fan = make_sink<FanOut>();
    fan.add(make_sink<CollectSink>(*job.collector, false));
    const PlannedZone& other = plan_.zones[from];
    if (z.file.empty() && from == z.reverse_of[0]) {
      fan.add(make_sink<AuthoritySink>(other.origin, z.origin, *job.builder));
    }
    RecordSink* end = &fan;
    if (other.twin_of) end = &make_sink<RenamingSink>(other.renames, fan);
    fans_[source_of(from)].add(*end);
  }
}

void Loader::read_source(std::size_t source) {
  const PlannedZone& z = plan_.zones[source];
  std::size_t first = reader_->files().size();
  if (!z.file.empty()) identity(z.file);  // before its content, so that a change in between shows
  BudgetSink sink(fans_[source], records_left_);
  jobs_[source].faulty = !reader_->read_own(source, sink);
  for (const std::string& file : reader_->files().subspan(first)) {
    source_files_[source].push_back({file, identity(file)});
  }
}

// Everything that zone `index` is made of has been read.
void Loader::finish(std::size_t index) {
  Job& job = jobs_[index];
  if (!job.builder) return;
  const PlannedZone& z = plan_.zones[index];
  if (job.collector) add_computed(index);
  bool source_faulty = jobs_[source_of(index)].faulty;
  if (job.renaming != nullptr && job.renaming->too_long()) {
    const auto& record = *job.renaming->too_long();
    reader_->report_too_long(index, record.owner, record.type, record.file, record.line);
  }
  job.info.file_serial = job.builder->file_serial();
  auto built = job.builder->build(std::max(commit_.serial, job.info.file_serial));
  if (built) {
    job.info.zone = std::move(*built);
    result_.zones_built++;
    result_.records_added += job.builder->added();
    result_.records_removed += job.builder->removed();
    remember_inputs(index);
  } else if (!(z.twin_of && source_faulty)) {  // a twin's faults are those of its zone
    std::vector<Violation> violations = std::move(built.error());
    for (std::size_t from : z.reverse_of) source_faulty = source_faulty || jobs_[source_of(from)].faulty;
    if (source_faulty) {  // they may stand in the part that could not be read
      std::erase_if(violations, [](const Violation& v) {
        return v.kind == ViolationKind::kNoSoa || v.kind == ViolationKind::kNoNs;
      });
    }
    explain_violations(tree_, plan_, index, violations, result_.diagnostics);
    job.faulty = true;
  }
  job.builder.reset();
  job.collector.reset();
}

void Loader::add_computed(std::size_t index) {
  Job& job = jobs_[index];
  RecordPlaces places(tree_, plan_);
  std::size_t clashes = 0;
  job.collector->finish(*job.builder, [&](const ReverseCollector::Clash& clash) {
    std::string address = rdata_to_string(job.collector->ipv6() ? RRType::kAAAA : RRType::kA,
                                          job.collector->octets(clash.address));
    if (plan_.config.acknowledged("two-names", address)) return;
    if (++clashes <= kMaxClashesReported) report_clash(clash, address, places, job.info);
  });
  if (clashes > kMaxClashesReported) {
    Diagnostic d;
    d.severity = Severity::kWarning;
    d.code = "two-names";
    d.position = plan_.network_file.position(plan_.zones[index].declared);
    d.message = fmt::format("{} more addresses of \"{}\" have several names", clashes - kMaxClashesReported,
                            job.info.origin.to_string());
    job.info.warnings.push_back(std::move(d));
  }
  for (const Diagnostic& warning : job.info.warnings) result_.diagnostics.add(warning);
}

void Loader::report_clash(const ReverseCollector::Clash& clash, const std::string& address,
                          RecordPlaces& places, ZoneInfo& info) {
  const std::string& winner_file = reader_->file_name(clash.winner_file);
  Diagnostic d = places.fault(
      Severity::kWarning, "two-names", reader_->file_name(clash.file), clash.line,
      fmt::format("{} has two names, and \"{}\" gets no PTR record", address, clash.name.to_string()),
      fmt::format("if that is meant so, acknowledge \"two-names:{}\" in dotmesh.toml", address));
  d.counterpart = fmt::format("PTR says \"{}\"", clash.winner.to_string());
  d.counterpart_position = places.position(winner_file, clash.winner_line);
  info.warnings.push_back(std::move(d));
}

void Loader::report_too_many() {
  result_.diagnostics.error("too-many-records",
                            {plan_.has_network_file ? std::string(kNetworkFile) : ".", 0, 0},
                            fmt::format("the zones have more than {} records, those of twins and reverse "
                                        "zones counted each",
                                        max_records_),
                            "make fewer zones or twins");
}

void Loader::remember_inputs(std::size_t index) {
  auto inputs = std::make_shared<ZoneInputs>(*jobs_[index].info.inputs);
  inputs->files = source_files_[source_of(index)];
  for (std::size_t from : plan_.zones[index].reverse_of) {
    const auto& files = source_files_[source_of(from)];
    inputs->files.insert(inputs->files.end(), files.begin(), files.end());
  }
  if (!jobs_[index].info.warnings.empty() && plan_.has_network_file) {
    // They may name lines of the network file.
    inputs->files.push_back({std::string(kNetworkFile), identity(std::string(kNetworkFile))});
  }
  jobs_[index].info.inputs = std::move(inputs);
}

void Loader::assemble() {
  auto generation = std::make_shared<Generation>();
  generation->commit = commit_;
  generation->network = plan_.config;
  generation->has_network_file = plan_.has_network_file;
  std::vector<std::shared_ptr<const Zone>> zones;
  zones.reserve(jobs_.size());
  generation->zone_infos.reserve(jobs_.size());
  for (Job& job : jobs_) {
    zones.push_back(job.info.zone);
    generation->zone_infos.push_back(std::move(job.info));
  }
  generation->zones = ZoneSet(std::move(zones));
  result_.diagnostics.sort();
  generation->warnings = result_.diagnostics;
  result_.generation = std::move(generation);
}

}  // namespace

LoadResult load_generation(const FileTree& tree, const CommitInfo& commit,
                           std::shared_ptr<const Generation> previous) {
  return load_generation_within(kMaxRecords, tree, commit, std::move(previous));
}

LoadResult load_generation_within(std::size_t max_records, const FileTree& tree, const CommitInfo& commit,
                                  std::shared_ptr<const Generation> previous) {
  return Loader(tree, commit, std::move(previous), max_records).run();
}

}  // namespace dotmesh
