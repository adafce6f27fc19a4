#include "repo/updater.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>

#include "base/log.h"

namespace dotmesh {
namespace {

// A fault text of ten thousand lines is for `dotmesh check`, not for the log.
constexpr std::size_t kMaxLoggedText = 4096;

std::string cut(std::string text, std::size_t limit) {
  if (text.size() <= limit) return text;
  text.resize(text.rfind('\n', limit) + 1);
  return text + "... the rest: dotmesh check\n";
}

// For the log, whose lines end themselves.
std::string for_log(std::string text) {
  text = cut(std::move(text), kMaxLoggedText);
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

// Of all its zones: a zone file's own serial, and one above the limit for S(), may be higher.
std::uint32_t highest_serial(const Generation& generation) {
  std::uint32_t highest = generation.commit.serial;
  for (const ZoneInfo& info : generation.zone_infos) {
    if (info.zone) highest = std::max(highest, info.zone->serial());
  }
  return highest;
}

}  // namespace

std::uint32_t guarded_serial(std::uint32_t computed, std::uint32_t last) {
  return computed > last || last == UINT32_MAX ? computed : last + 1;
}

Updater::Updater(Source& source, const StateFolder& state, Snapshot<Generation>& published,
                 const Clock& clock, Load load)
    : source_(source), state_(state), published_(published), clock_(clock), load_(std::move(load)) {
  status_.source = source_.description();
}

UpdaterStatus Updater::status() const {
  std::lock_guard lock(mutex_);
  return status_;
}

std::string Updater::served_id() const {
  auto generation = published_.current();
  return generation ? generation->commit.id : std::string();
}

void Updater::boot() {
  last_good_ = state_.read_last_good();
  if (!last_good_) return;
  if (!last_good_->source.empty() && last_good_->source != source_.description()) {
    spdlog::warn("the last good commit {} came from {}; it is served until {} is read",
                 short_commit_id(last_good_->commit), last_good_->source, source_.description());
  }
  auto revision = source_.open(last_good_->commit, last_good_->serial);
  if (!revision) {
    spdlog::warn("last good commit {} cannot be read: {}", short_commit_id(last_good_->commit),
                 revision.error().message);
    return;
  }
  LoadResult loaded = try_load(*revision);
  if (!loaded.generation) {
    source_.note_failed(*revision);
    spdlog::warn("last good commit {} does not load:\n{}", short_commit_id(last_good_->commit),
                 for_log(render_text(loaded.diagnostics)));
    return;
  }
  publish(revision->commit, std::move(loaded), {});
  kept_ = true;
  std::lock_guard lock(mutex_);
  status_.from_last_good = true;
}

// A fault that no one foresaw (memory) must not stop what is being served.
LoadResult Updater::try_load(const Revision& revision) {
  try {
    return load_(*revision.tree, revision.commit, published_.current());
  } catch (const std::exception& e) {
    LoadResult result;
    result.diagnostics.error("load-failed", {revision.commit.id, 0, 0},
                             fmt::format("the commit could not be loaded: {}", e.what()));
    return result;
  }
}

Result<Revision> Updater::newest(std::string& tip) {
  auto fetched = source_.fetch();
  {
    std::lock_guard lock(mutex_);
    status_.last_fetch = clock_.wall();
  }
  if (!fetched) return std::unexpected(fetched.error());
  tip = *fetched;
  if (tip == served_id()) return Revision{};
  return source_.open(tip);
}

RefreshOutcome Updater::unreachable(std::string text) {
  std::string serving = served_id();
  std::lock_guard lock(mutex_);
  if (text != status_.fetch_fault) {
    if (serving.empty()) {
      spdlog::error("{}; nothing is served yet, trying again", text);
    } else {
      spdlog::warn("{}; commit {} is still being served", text, short_commit_id(serving));
    }
  }
  status_.fetch_fault = text;
  status_.fetch_failures++;
  return {RefreshResult::kUnreachable, {}, std::move(serving), std::move(text)};
}

RefreshOutcome Updater::refuse(const CommitInfo& commit, const Diagnostics& diagnostics) {
  std::string serving = served_id();
  const std::string context =
      serving.empty() ? "nothing is served yet"
                      : fmt::format("zones of commit {} are still being served", short_commit_id(serving));
  std::string text = cut(render_text(diagnostics, context), kMaxFaultText);
  std::lock_guard lock(mutex_);
  if (status_.refused_commit != commit.id) {
    spdlog::error("commit {} refused: {} by {}; {}\n{}", short_commit_id(commit.id), commit.subject,
                  commit.author.empty() ? "unknown" : commit.author, context, for_log(text));
    status_.refused_since = clock_.wall();
  }
  status_.refused_commit = commit.id;
  status_.refused_errors = diagnostics.error_count();
  status_.refused_text = text;
  return {RefreshResult::kRefused, commit.id, std::move(serving), std::move(text)};
}

// The serial must rise even when the history was rewritten to an older one, or a folder changed twice within the
// minutes that its serial counts. Returns what to tell of it: of a history alone, which other nodes follow, too.
std::string Updater::guard_serial(CommitInfo& commit) const {
  if (!last_good_) return {};
  const std::uint32_t computed = commit.serial;
  commit.serial = last_good_->commit == commit.id ? last_good_->serial
                                                  : guarded_serial(computed, last_good_->serial);
  if (commit.serial == computed || last_good_->commit == commit.id || !source_.has_history()) return {};
  return fmt::format(
      "serial {} instead of {}: this node has served {} before, for commit {} (rewritten history?); "
      "nodes agree again at the first commit whose own serial is above it",
      commit.serial, computed, last_good_->serial, short_commit_id(last_good_->commit));
}

void Updater::publish(const CommitInfo& commit, LoadResult loaded, std::string serial_note) {
  const std::size_t zones = loaded.generation->zone_infos.size();
  const std::uint32_t serial = highest_serial(*loaded.generation);
  published_.publish(std::move(loaded.generation));
  last_good_ = LastGood{source_.description(), commit.id, serial};
  kept_ = false;
  spdlog::info("serving commit {} ({} zone{}, serial {}): {}", short_commit_id(commit.id), zones,
               zones == 1 ? "" : "s", serial, commit.subject);
  if (!serial_note.empty()) spdlog::warn("commit {}: {}", short_commit_id(commit.id), serial_note);
  std::lock_guard lock(mutex_);
  status_.serial_note = std::move(serial_note);
  status_.served = commit;
  status_.served.serial = serial;
  status_.served_since = clock_.wall();
  status_.warnings = loaded.diagnostics.warning_count();
  status_.from_last_good = false;
}

void Updater::keep() {
  if (kept_ || !last_good_) return;
  Result<void> kept;
  try {
    kept = source_.keep(last_good_->commit);
    if (kept) kept = state_.write_last_good(*last_good_);
  } catch (const std::exception& e) {
    kept = fail(e.what());
  }
  kept_ = kept.has_value();
  const std::string fault =
      kept ? std::string()
           : fmt::format("commit {} is served but not kept for a restart: {}",
                         short_commit_id(last_good_->commit), kept.error().message);
  std::lock_guard lock(mutex_);
  if (!fault.empty() && fault != status_.state_fault) spdlog::error("{}", fault);
  status_.state_fault = fault;
}

// No fault of the world outside may end the thread, and with it the daemon.
RefreshOutcome Updater::refresh(bool again) {
  try {
    for (int looks = 0; looks < kMaxLooks; looks++) {
      if (auto outcome = look(again)) return std::move(*outcome);
    }
    return unreachable(fmt::format("{}: changes while it is being read; trying again", source_.description()));
  } catch (const std::exception& e) {
    return unreachable(fmt::format("{}: {}", source_.description(), e.what()));
  }
}

// nullopt: the source changed while it was read.
std::optional<RefreshOutcome> Updater::look(bool again) {
  std::string tip;
  auto revision = newest(tip);
  if (!revision) return unreachable(std::move(revision.error().message));
  {
    std::lock_guard lock(mutex_);
    if (!status_.fetch_fault.empty()) spdlog::info("{}: reached again", status_.source);
    status_.fetch_fault.clear();
    status_.fetch_failures = 0;
    status_.from_last_good = false;
    if (tip != status_.refused_commit) {
      status_.refused_commit.clear();
      status_.refused_text.clear();
      status_.refused_errors = 0;
    } else if (!again) {
      return RefreshOutcome{RefreshResult::kRefused, tip, status_.served.id, status_.refused_text};
    }
  }
  if (!revision->tree) return RefreshOutcome{RefreshResult::kUnchanged, tip, tip, {}};  // served already
  std::string serial_note = guard_serial(revision->commit);
  LoadResult loaded = try_load(*revision);
  if (!source_.still_is(tip)) return std::nullopt;
  if (!loaded.generation) {
    if (source_.note_failed(*revision)) {
      revision->tree.reset();
      return unreachable(fmt::format("{}: objects of commit {} are missing or damaged in the local copy; "
                                     "it is fetched afresh",
                                     source_.description(), short_commit_id(tip)));
    }
    return refuse(revision->commit, loaded.diagnostics);
  }
  std::string text = loaded.diagnostics.warning_count() == 0 ? std::string()
                                                             : cut(render_text(loaded.diagnostics), kMaxFaultText);
  const CommitInfo commit = revision->commit;
  publish(commit, std::move(loaded), std::move(serial_note));
  return RefreshOutcome{RefreshResult::kPublished, commit.id, commit.id, std::move(text)};
}

}  // namespace dotmesh
