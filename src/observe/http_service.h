// HttpService: the node's local HTTP side. It gives pages to GET; a page is made anew for each
// request, on a thread of this service. Nothing that it does touches a worker.
//
// Bounded: kThreads requests at a time and kMaxWaiting connections that wait for a thread; beyond
// that no more are accepted, and the kernel's backlog is the limit. Short time-outs, no request
// bodies. open() and stop() belong to one thread. Errors: the address cannot be bound.
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
};

class HttpService {
 public:
  static constexpr unsigned kThreads = 2;
  static constexpr unsigned kMaxWaiting = 16;
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
