// MetricsText: figures in the Prometheus text format (version 0.0.4). It writes what it is given;
// who gives it sees to it that labels come from the configuration and never from a client or a name
// that somebody asked for. A value that owns its text; one thread.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "base/histogram.h"

namespace dotmesh::observe {

class MetricsText {
 public:
  enum class Kind : std::uint8_t { kCounter, kGauge, kHistogram };
  using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  // Begins a metric: its samples follow. A counter's name ends in "_total".
  void metric(std::string_view name, Kind kind, std::string_view help);
  void sample(double value, Labels labels = {});
  // A metric with one sample.
  void one(std::string_view name, Kind kind, std::string_view help, double value);

  // A metric with the samples of a histogram; its name ends in "_seconds".
  void histogram(std::string_view name, std::string_view help, const TimeCounts& counts);

  const std::string& text() const { return text_; }

 private:
  std::string text_;
  std::string name_;
};

}  // namespace dotmesh::observe
