#include "server/server.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <utility>

#include "server/sockets.h"
#include "server/worker.h"

namespace dotmesh {
namespace {

// Port 0 takes a UDP port that may be in use for TCP; then another is tried.
constexpr int kPortTries = 16;

constexpr std::size_t kDescriptorsPerLoop = 3;   // two epoll sets, one eventfd
constexpr std::size_t kOtherDescriptors = 1024;  // files, git, HTTP, control: their usual share

struct Opened {
  std::vector<UdpSocket> udp;
  std::vector<TcpListener> tcp;
};

Result<void> open_pair(const ListenAddress& address, const ServerOptions& options, Opened& opened) {
  auto udp = open_udp(address, options.udp);
  if (!udp) return std::unexpected(udp.error());
  ListenAddress same = address;
  same.address = bound_address(udp->descriptor);
  auto tcp = open_tcp(same, options.tcp);
  if (!tcp) return std::unexpected(tcp.error());
  opened.udp.push_back(std::move(*udp));
  opened.tcp.push_back(std::move(*tcp));
  return {};
}

Result<void> open_first_pair(ListenAddress& address, const ServerOptions& options, Opened& opened) {
  Result<void> done;
  int tries = address.address.port() == 0 ? kPortTries : 1;
  for (int i = 0; i < tries; ++i) {
    done = open_pair(address, options, opened);
    if (done) {
      address.address = bound_address(opened.udp.back().descriptor);
      break;
    }
  }
  return done;
}

// The usual soft limit, 1024, is less than the connections allowed by default, and when they have
// used it up the rest of the program cannot open a file. Raised as far as needed and permitted.
void raise_descriptor_limit(std::size_t listeners, const ServerOptions& options) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  std::size_t wanted = options.workers * (options.tcp.max_connections + 2 * listeners +
                                          options.upstream.max_udp_sockets +
                                          options.upstream.max_tcp_connections + kDescriptorsPerLoop) + kOtherDescriptors;
  if (limit.rlim_cur >= wanted) return;
  limit.rlim_cur = std::min<rlim_t>(wanted, limit.rlim_max);
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

Result<std::unique_ptr<Server>> Server::open(std::span<const ListenAddress> addresses,
                                             const ServerOptions& options, const Clock& clock) {
  if (addresses.empty()) return fail("no address to listen on; add a [[listen]] with an address");
  if (options.workers == 0 || options.workers > kMaxWorkers) {
    return fail(fmt::format("{} workers; choose 1 to {}", options.workers, kMaxWorkers));
  }
  if (auto free = check_addresses_free(addresses); !free) return std::unexpected(free.error());

  raise_descriptor_limit(addresses.size(), options);

  std::unique_ptr<Server> server(new Server);
  server->addresses_.assign(addresses.begin(), addresses.end());
  for (unsigned index = 0; index < options.workers; ++index) {
    Opened opened;
    for (ListenAddress& address : server->addresses_) {
      auto done = index == 0 ? open_first_pair(address, options, opened)
                             : open_pair(address, options, opened);
      if (!done) return std::unexpected(done.error());
    }
    auto worker =
        Worker::open(index, options, clock, std::move(opened.udp), std::move(opened.tcp));
    if (!worker) return std::unexpected(worker.error());
    server->workers_.push_back(std::move(*worker));
  }
  return server;
}

Server::~Server() { stop(); }

void Server::start(const HandlerFactory& factory) {
  for (auto& worker : workers_) worker->start(factory);
}

void Server::stop() {
  for (auto& worker : workers_) worker->request_stop();
  for (auto& worker : workers_) worker->join();
}

void Server::wake() {
  for (auto& worker : workers_) worker->wake();
}

ServerStats Server::stats() const {
  ServerStats sum;
  for (const auto& worker : workers_) add_to(sum, worker->counters());
  return sum;
}

std::uint64_t Server::heartbeat(unsigned worker) const {
  return workers_.at(worker)->counters().turns.value();
}

}  // namespace dotmesh
