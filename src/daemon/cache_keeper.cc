#include "daemon/cache_keeper.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/log.h"

namespace dotmesh {
namespace {

constexpr int kNice = 10;  // loading and saving give way to workers

// FNV-1a.
class Digest {
 public:
  void add(std::span<const std::uint8_t> octets) {
    for (std::uint8_t octet : octets) value_ = (value_ ^ octet) * 0x100000001b3;
    value_ = (value_ ^ octets.size()) * 0x100000001b3;
  }
  void add(NameView name) { add(Name(name).lowered().view().wire()); }
  std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0xcbf29ce484222325;
};

}  // namespace

std::uint64_t cache_settings_tag(const ResolverSettings& settings) {
  Digest digest;
  for (const RootHint& hint : settings.root_hints) {
    digest.add(hint.server.view());
    for (const SocketAddress& address : hint.addresses) digest.add(address.address());
  }
  for (const TrustAnchor& anchor : settings.trust_anchors) {
    digest.add(anchor.owner.view());
    digest.add(anchor.ds.octets());
    digest.add(anchor.dnskey.octets());
  }
  for (const Name& name : settings.negative_trust_anchors) digest.add(name.view());
  return digest.value();
}

void CacheKeeper::discard(const std::string& path) {
  for (const std::string& file : {path, path + ".new"}) {  // the second: of a run that was killed while it saved
    if (::unlink(file.c_str()) == 0) {
      spdlog::info("{}: removed; this node keeps no cache over a restart", file);
    } else if (errno != ENOENT) {
      spdlog::error("{}: cannot be removed: {}; it names what clients asked for; remove it by hand", file,
                    std::strerror(errno));
    }
  }
}

CacheKeeper::CacheKeeper(RRsetCache& cache, std::string path, CacheFileOptions options, const Clock& clock,
                         const ResolverClock& resolver_clock)
    : cache_(cache),
      path_(std::move(path)),
      options_(options),
      clock_(clock),
      resolver_clock_(resolver_clock) {}

CacheKeeper::~CacheKeeper() { end_thread(); }

void CacheKeeper::start() {
  thread_ = std::thread([this] { run(); });
}

void CacheKeeper::wait_until_loaded(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, patience, [this] { return loaded_; });
}

void CacheKeeper::stop() {
  end_thread();
  save();
}

void CacheKeeper::end_thread() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void CacheKeeper::run() {
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice);  // on Linux: of this thread
  load();
  std::unique_lock lock(mutex_);
  loaded_ = true;
  changed_.notify_all();
  while (!changed_.wait_for(lock, kSaveInterval, [this] { return stopping_; })) {
    lock.unlock();
    save();
    lock.lock();
  }
}

void CacheKeeper::load() {
  auto report = load_cache(cache_, path_, options_, now());
  if (!report) {
    spdlog::warn("{}", report.error().message);
  } else if (report->entries != 0) {
    spdlog::info("{}: {} entries of the cache are as they were", path_, report->entries);
  }
}

void CacheKeeper::save() {
  auto report = save_cache(cache_, path_, options_, now());
  if (!report && !save_failed_) {
    spdlog::warn("{}; what the resolver has learnt will not outlive the process", report.error().message);
  }
  save_failed_ = !report;
}

}  // namespace dotmesh
