#include "resolver/cache/cache_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <vector>

#include "resolver/cache/cache_file_format.h"

namespace dotmesh {
namespace {

using namespace cache_file;

// Clocks are set while a node runs; more than this backwards, and nobody knows how old the entries are.
constexpr std::int64_t kMaxClockStep = 60;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

bool write_all(int fd, std::span<const std::uint8_t> octets) {
  while (!octets.empty()) {
    const ssize_t written = ::write(fd, octets.data(), octets.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    octets = octets.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

// Fills as much of `out` as the file has.
bool read_all(int fd, std::span<std::uint8_t> out, std::size_t& size) {
  size = 0;
  while (size < out.size()) {
    const ssize_t got = ::read(fd, out.data() + size, out.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return false;
    if (got == 0) return true;
    size += static_cast<std::size_t>(got);
  }
  return true;
}

// Where the octets of a file to be loaded come from; as many as there are, up to out.size().
class Source {
 public:
  virtual ~Source() = default;
  virtual bool read(std::span<std::uint8_t> out, std::size_t& size) = 0;
};
class FileSource : public Source {
 public:
  explicit FileSource(int fd) : fd_(fd) {}
  bool read(std::span<std::uint8_t> out, std::size_t& size) override { return read_all(fd_, out, size); }

 private:
  int fd_;
};
class OctetSource : public Source {
 public:
  explicit OctetSource(std::span<const std::uint8_t> octets) : left_(octets) {}
  bool read(std::span<std::uint8_t> out, std::size_t& size) override {
    size = std::min(out.size(), left_.size());
    std::copy_n(left_.begin(), size, out.begin());
    left_ = left_.subspan(size);
    return true;
  }

 private:
  std::span<const std::uint8_t> left_;
};

std::unexpected<Error> errno_fail(const std::string& path) {
  return fail(fmt::format("{}: {}", path, std::strerror(errno)));
}

// Writes header, blocks, end.
class Saver {
 public:
  Saver(const RRsetCache& cache, int fd, const CacheFileOptions& options, ResolverTime now)
      : cache_(cache), fd_(fd), options_(options), now_(now) {}

  bool run(CacheFileReport& report) {
    std::vector<std::uint8_t> header;
    put_header(header, {options_.settings_tag, now_.wall});
    if (!write(header)) return false;
    RRsetCache::Place place;
    for (bool more = true; more;) {
      more = cache_.walk(place, [&](const RRsetCache::RawEntry& entry) { add(entry); });
      if (block_.size() >= kBlockOctets && !write_block()) return false;
    }
    if (!block_.empty() && !write_block()) return false;
    if (!write_block() || ::fsync(fd_) != 0) return false;
    report = report_;
    return true;
  }

 private:
  void add(const RRsetCache::RawEntry& entry) {
    const std::int64_t expired_for = std::int64_t{now_.seconds()} - entry.facts.expires;
    const bool fresh = expired_for < 0;
    // What failed or is bogus may be right after the restart.
    if (entry.facts.kind == EntryKind::kFailure || entry.facts.security == Security::kBogus) return;
    if (!fresh && expired_for >= options_.keep_stale.count()) return;
    ends_.push_back(block_.size());
    put_entry(block_, entry, now_.seconds());
    ++report_.entries;
  }
  // A step of the walk may have filled several blocks.
  bool write_block() {
    std::size_t done = 0;
    std::size_t end = 0;
    do {
      auto next = std::ranges::find_if(ends_, [&](std::size_t at) { return at >= done + kBlockOctets; });
      end = next == ends_.end() ? block_.size() : *next;
      auto octets = std::span(block_).subspan(done, end - done);
      std::vector<std::uint8_t> header;
      put_block_header(header, octets);
      if (!write(header) || !write(octets)) return false;
      done = end;
    } while (done < block_.size());
    block_.clear();
    ends_.clear();
    return true;
  }
  bool write(std::span<const std::uint8_t> octets) {
    report_.octets += octets.size();
    return write_all(fd_, octets);
  }

  const RRsetCache& cache_;
  int fd_;
  const CacheFileOptions& options_;
  ResolverTime now_;
  std::vector<std::uint8_t> block_;
  std::vector<std::size_t> ends_;  // of entries in block_
  CacheFileReport report_;
};

class Loader {
 public:
  Loader(RRsetCache& cache, Source& source, const std::string& path, const CacheFileOptions& options, ResolverTime now)
      : cache_(cache), source_(source), path_(path), options_(options), now_(now) {}

  Result<CacheFileReport> run() {
    if (auto header = read_file_header(); !header) return std::unexpected(header.error());
    std::vector<std::uint8_t> block(kMaxBlockOctets);
    for (std::size_t number = 1;; ++number) {
      std::uint8_t octets[kBlockHeaderOctets];
      if (!take(octets)) return unusable(number, "it ends too early");
      BlockHeader header = read_block_header(octets);
      if (header.size > block.size()) return unusable(number, "it is larger than any");
      auto content = std::span(block).first(header.size);
      if (!take(content)) return unusable(number, "it ends too early");
      if (checksum(content) != header.checksum) return unusable(number, "its checksum is wrong");
      if (header.size == 0) return report_;
      if (!load_block(content)) return unusable(number, "an entry of it is malformed");
    }
  }

 private:
  bool take(std::span<std::uint8_t> out) {
    std::size_t size = 0;
    bool good = source_.read(out, size) && size == out.size();
    report_.octets += size;
    return good;
  }
  std::unexpected<Error> unusable(std::string_view why) const {
    return fail(fmt::format("{}: cannot be used as cache: {}; it is written anew at the next stop", path_, why));
  }
  std::unexpected<Error> unusable(std::size_t block, std::string_view why) const {
    return fail(fmt::format("{}: damaged at block {}: {}; {} entries before it were loaded, and the file is written "
                            "anew at the next stop", path_, block, why, report_.entries));
  }
  Result<void> read_file_header() {
    std::uint8_t octets[kHeaderOctets];
    Header header;
    if (!take(octets)) return unusable("it is too short for a header");
    switch (read_header(octets, header)) {
      case HeaderFault::kForeign: return unusable("it is not a cache file of dotmesh");
      case HeaderFault::kOtherVersion: return unusable("it was written by another version of dotmesh");
      case HeaderFault::kDamaged: return unusable("its header is damaged");
      case HeaderFault::kNone: break;
    }
    if (header.settings_tag != options_.settings_tag) return unusable("trust anchors or forward zones have changed");
    if (header.saved_at > now_.wall + kMaxClockStep) return unusable("it was saved in the future, by the clock");
    passed_ = std::max<std::int64_t>(now_.wall - header.saved_at, 0);
    return {};
  }
  bool load_block(std::span<const std::uint8_t> octets) {
    while (!octets.empty()) {
      auto entry = take_entry(octets);
      if (!entry || !load(*entry)) return false;
    }
    return true;
  }
  bool load(const Entry& from) {
    auto entry = decode_entry(from.name, from.type, from.facts, from.body);
    if (!entry || !is_sound(*entry)) return false;
    const std::int64_t left = from.left - passed_;
    if (left <= -options_.keep_stale.count()) return true;
    const CacheSeconds now = now_.seconds();
    if (cache_.has_fresh(from.partition, from.name, from.type, now)) return true;
    const std::int64_t age = from.age + passed_;
    for (RRset& rrset : entry->rrsets) {
      rrset.ttl = static_cast<std::uint32_t>(std::max<std::int64_t>(rrset.ttl - age, 0));
    }
    entry->stored = now;
    // The process may be younger than what it expired before.
    entry->expires = static_cast<CacheSeconds>(std::clamp<std::int64_t>(now + left, 0, 0xffffffff));
    if (cache_.store(from.partition, from.name, from.type, *entry, now)) ++report_.entries;
    return true;
  }

  RRsetCache& cache_;
  Source& source_;
  const std::string& path_;
  const CacheFileOptions& options_;
  ResolverTime now_;
  std::int64_t passed_ = 0;  // seconds since it was saved
  CacheFileReport report_;
};

}  // namespace

Result<CacheFileReport> save_cache(const RRsetCache& cache, const std::string& path, const CacheFileOptions& options,
                                   ResolverTime now) {
  const std::string temporary = path + ".new";
  CacheFileReport report;
  bool good = false;
  int fault = 0;
  {
    Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (file.get() < 0) return errno_fail(temporary);
    good = Saver(cache, file.get(), options, now).run(report);
    fault = errno;
  }
  if (!good || ::rename(temporary.c_str(), path.c_str()) != 0) {
    if (!good) errno = fault;
    auto error = errno_fail(path);
    ::unlink(temporary.c_str());
    return error;
  }
  std::string folder = std::filesystem::path(path).parent_path().string();
  Descriptor directory(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() >= 0) ::fsync(directory.get());
  return report;
}

Result<CacheFileReport> load_cache(RRsetCache& cache, const std::string& path, const CacheFileOptions& options,
                                   ResolverTime now) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (file.get() < 0 && errno == ENOENT) return CacheFileReport{};
  struct stat status;
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0) return errno_fail(path);
  if (!S_ISREG(status.st_mode)) return fail(fmt::format("{}: cannot be used as cache: it is not a file", path));
  FileSource source(file.get());
  return Loader(cache, source, path, options, now).run();
}

Result<CacheFileReport> load_cache_octets(RRsetCache& cache, std::span<const std::uint8_t> file,
                                          const std::string& path, const CacheFileOptions& options, ResolverTime now) {
  OctetSource source(file);
  return Loader(cache, source, path, options, now).run();
}

}  // namespace dotmesh
