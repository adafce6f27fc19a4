// Server: all listening sockets of the node and the workers that answer on them.
//
//   auto server = Server::open(addresses, options, clock);   // binds everything, or says what not
//   ... give up privileges ...
//   (*server)->start(factory);                               // threads begin to answer
//   (*server)->stop();
//
// open(), start() and stop() belong to one thread; stats(), heartbeat() and wake() may be called from
// any. Queries that arrive between open() and start() wait in the kernel.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "server/batch_handler.h"
#include "server/counters.h"
#include "server/options.h"

namespace dotmesh {

class Worker;

class Server {
 public:
  // A machine with more cores than this has other bounds; it keeps a mistyped number from
  // eating all descriptors.
  static constexpr unsigned kMaxWorkers = 256;

  // Also raises the soft limit of open files, if max_connections need it.
  // `clock` must outlive the server.
  static Result<std::unique_ptr<Server>> open(std::span<const ListenAddress> addresses,
                                              const ServerOptions& options, const Clock& clock);
  // Stops first.
  ~Server();

  // Once.
  void start(const HandlerFactory& factory);
  // Ends the loops and closes TCP connections. The sockets stay bound until the destructor.
  void stop();
  // Makes idle workers look at the clock and at new generations now instead of within a second.
  void wake();

  // What was bound, in the order given to open(), with the port that the kernel chose for port 0.
  const std::vector<ListenAddress>& addresses() const { return addresses_; }
  unsigned workers() const { return static_cast<unsigned>(workers_.size()); }
  ServerStats stats() const;
  // Turns of a worker's loop so far: a number that stands still for over a second is a worker that
  // hangs.
  std::uint64_t heartbeat(unsigned worker) const;

 private:
  Server() = default;

  std::vector<ListenAddress> addresses_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace dotmesh
