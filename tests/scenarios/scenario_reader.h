// ScenarioReader: walks through the lines of a .rpl file. Used by read_scenario() only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "scenarios/scenario.h"

namespace dotmesh::scenarios {

// A line without comment, cut at blanks; quotes keep together and stay.
std::vector<std::string_view> words_of(std::string_view line);
// The line up to a ";" outside quotes.
std::string_view without_comment(std::string_view line);
std::string_view trimmed(std::string_view text);

class ConfigReader {
 public:
  explicit ConfigReader(Scenario& scenario) : scenario_(scenario) {}
  // One line before CONFIG_END.
  void read(unsigned number, std::string_view line);

 private:
  bool read_setting(std::string_view key, std::string_view value);
  bool read_trust_anchor(std::string_view text);
  bool read_feature(std::string_view text);
  bool read_forward(std::string_view value);

  Scenario& scenario_;
  RecordText records_;
};

class ScenarioReader {
 public:
  ScenarioReader(Scenario& scenario, std::string_view text);
  // False: error() says why.
  bool read();
  const std::string& error() const { return error_; }

 private:
  bool next_line();  // sets line_, without comment and not empty
  bool fail_here(std::string_view why);
  void not_understood(std::string_view what);
  bool read_range();
  bool read_address(Range& range, std::string_view text);
  bool read_step();
  bool read_entry(Entry& entry, bool is_answer);
  bool read_entry_line(Entry& entry, std::string_view keyword, const std::vector<std::string_view>& words);
  void read_match(Entry& entry, std::string_view word);
  void read_adjust(Entry& entry, std::string_view word);
  void read_reply(Entry& entry, std::string_view word);
  bool read_question(Entry& entry);
  bool read_record(Entry& entry, Section section);
  bool read_raw(Entry& entry);

  Scenario& scenario_;
  std::string_view rest_;
  unsigned number_ = 0;
  std::string_view line_;
  std::string_view section_;  // of the entry being read
  std::string error_;
  RecordText records_;
};

}  // namespace dotmesh::scenarios
