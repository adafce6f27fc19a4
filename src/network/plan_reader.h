// PlanReader: the records of a plan's zones, from files, rules, twins and reverse computation, each
// with the file and line where it comes from. One PlanReader serves one load or check on one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/diagnostic.h"
#include "network/reverse.h"
#include "network/zone_plan.h"
#include "zone/record.h"
#include "zone/zone_reader.h"

namespace dotmesh {

class PlanReader {
 public:
  // All outlive the reader.
  PlanReader(const FileTree& tree, const ZonePlan& plan, Diagnostics& diagnostics)
      : tree_(tree), plan_(plan), diagnostics_(diagnostics), reader_(tree, diagnostics) {}

  // The records of a declared zone that are its own: its file, then its rules. False when something
  // could not be read (reported).
  bool read_own(std::size_t zone, RecordSink& sink);
  // Every record of any zone, as it is served: also a twin's and a reverse zone's. Reads files as often
  // as it is called; the loader shares the reading instead. Names of an address that get no PTR record
  // go unreported.
  bool read(std::size_t zone, RecordSink& sink);

  // The file of RecordView::file.
  const std::string& file_name(std::uint32_t index) const {
    return index == kNetworkFileIndex ? plan_.network_file.file() : reader_.files()[index];
  }
  // Files opened so far; those of one read_own() stand together, the zone's own file first.
  std::span<const std::string> files() const { return reader_.files(); }

  // Reports that a twin's name became too long for a record.
  void report_too_long(std::size_t twin, const Name& owner, RRType type, std::uint32_t file,
                       std::uint32_t line);

 private:
  bool read_reverse(std::size_t zone, RecordSink& sink);

  const FileTree& tree_;
  const ZonePlan& plan_;
  Diagnostics& diagnostics_;
  ZoneReader reader_;
};

// A collector for the reverse zone `zone` that leaves the plan's deeper zones alone.
ReverseCollector make_collector(const ZonePlan& plan, std::size_t zone);

// Gives a reverse zone without a file the apex SOA and NS records of another zone.
class AuthoritySink : public RecordSink {
 public:
  // `from`: the other zone's origin; `to`: the reverse zone's. All outlive the sink.
  AuthoritySink(NameView from, NameView to, RecordSink& next) : from_(from), to_(to), next_(next) {}
  void on_record(const RecordView& record) override;

 private:
  NameView from_;
  NameView to_;
  RecordSink& next_;
};

// Feeds a collector.
class CollectSink : public RecordSink {
 public:
  CollectSink(ReverseCollector& collector, bool own) : collector_(collector), own_(own) {}
  void on_record(const RecordView& record) override {
    own_ ? collector_.see_own(record) : collector_.see_source(record);
  }

 private:
  ReverseCollector& collector_;
  bool own_;
};

// Hands each record to several sinks.
class FanOut : public RecordSink {
 public:
  void add(RecordSink& sink) { sinks_.push_back(&sink); }
  std::size_t size() const { return sinks_.size(); }
  void on_record(const RecordView& record) override {
    for (RecordSink* sink : sinks_) sink->on_record(record);
  }

 private:
  std::vector<RecordSink*> sinks_;
};

}  // namespace dotmesh
