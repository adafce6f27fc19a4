// HttpService: the node's local HTTP side. It gives pages to GET; a page is made anew for each
// request, on a thread of this service, below the workers' priority. Nothing that it does touches a
// worker. Browsers are told to load nothing from elsewhere and to run no script but the node's own.
//
// Bounded: kThreads requests at a time and kMaxWaiting connections that wait for a thread; beyond
// that no more are accepted, and the kernel's backlog is the limit. A connection on which nothing
// is asked (browsers open some) takes no thread. Short time-outs, no request bodies. open() and
// stop() belong to one thread. Errors: the address cannot be bound.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/socket_address.h"

namespace dotmesh::observe {

struct Page {
  std::string type;  // Content-Type
  std::function<std::string()> make;
  // Instead of `make`: is given "q" of the query string, empty when there is none.
  std::function<std::string(const std::string& q)> find = {};
};

class HttpService {
 public:
  static constexpr unsigned kThreads = 2;
  static constexpr int kNice = 10;  // below the workers, as a batch job
  static constexpr unsigned kMaxWaiting = 16;
  // Connections in the kernel: a dozen people with the page open, each with six of a browser.
  static constexpr int kBacklog = 128;
  static constexpr int kTimeoutSeconds = 5;

  // Binds; requests wait until start().
  static Result<std::unique_ptr<HttpService>> open(const SocketAddress& address);
  ~HttpService();

  // Once. By path; what else is asked for is not found.
  void start(std::map<std::string, Page> pages);
  void stop();

 private:
  struct Impl;
  explicit HttpService(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace dotmesh::observe
