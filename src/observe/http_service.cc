#include "observe/http_service.h"

#include <fmt/format.h>
#include <httplib.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <semaphore>
#include <thread>
#include <utility>

namespace dotmesh::observe {
namespace {

void lower_priority() {
  thread_local bool done = false;
  if (std::exchange(done, true)) return;
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()),
                HttpService::kNice);  // on Linux: of this thread
}

// httplib's own queue has no end: here whoever accepts waits for a place in it.
class BoundedThreads final : public httplib::TaskQueue {
 public:
  void enqueue(std::function<void()> task) override {
    places_.acquire();
    threads_.enqueue([this, task = std::move(task)] {
      lower_priority();
      task();
      places_.release();
    });
  }
  void shutdown() override { threads_.shutdown(); }

 private:
  std::counting_semaphore<> places_{HttpService::kThreads + HttpService::kMaxWaiting};
  httplib::ThreadPool threads_{HttpService::kThreads};
};

}  // namespace

struct HttpService::Impl {
  httplib::Server server;
  std::thread thread;
};

HttpService::HttpService(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

HttpService::~HttpService() {
  stop();
}

Result<std::unique_ptr<HttpService>> HttpService::open(const SocketAddress& address) {
  auto impl = std::make_unique<Impl>();
  httplib::Server& server = impl->server;
  server.new_task_queue = [] { return new BoundedThreads; };  // httplib frees it
  server.set_read_timeout(kTimeoutSeconds, 0);
  server.set_write_timeout(kTimeoutSeconds, 0);
  server.set_keep_alive_max_count(1);
  server.set_payload_max_length(0);
  server.set_default_headers({
      {"Content-Security-Policy",
       "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src "
       "'self'; "
       "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
      {"X-Content-Type-Options", "nosniff"},
      {"Referrer-Policy", "no-referrer"},
      {"Cache-Control", "no-store"},
  });
  int listening = -1;
  server.set_socket_options([&listening](int socket) {
    listening = socket;
    const int yes =
        1;  // a restart finds the port free; httplib's own default would share it between two nodes
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    // Of the two the socket takes one: the address may come later than the node, as those of [[listen]] may.
    ::setsockopt(socket, IPPROTO_IP, IP_FREEBIND, &yes, sizeof yes);
    ::setsockopt(socket, IPPROTO_IPV6, IPV6_FREEBIND, &yes, sizeof yes);
    // The kernel keeps a connection until something is asked on it.
    ::setsockopt(socket, IPPROTO_TCP, TCP_DEFER_ACCEPT, &kTimeoutSeconds, sizeof kTimeoutSeconds);
  });
  errno = 0;
  if (!server.bind_to_port(address.address_to_string(), address.port())) {
    return fail(fmt::format("cannot listen on {} for HTTP: {}; [http] address says where",
                            address.to_string(),
                            errno != 0 ? std::strerror(errno) : "the address is not usable"));
  }
  ::listen(listening, kBacklog);  // httplib's own five are fewer than one browser may open
  server.set_socket_options(httplib::default_socket_options);
  return std::unique_ptr<HttpService>(new HttpService(std::move(impl)));
}

void HttpService::start(std::map<std::string, Page> pages) {
  for (auto& [path, page] : pages) {
    impl_->server.Get(path, [page = std::move(page)](const httplib::Request& request,
                                                     httplib::Response& response) {
      response.set_content(page.find ? page.find(request.get_param_value("q")) : page.make(),
                           page.type);
    });
  }
  impl_->thread = std::thread([this] { impl_->server.listen_after_bind(); });
  // stop() is heard only by a server that runs.
  constexpr int kPatience = 1000;
  for (int i = 0; i < kPatience && !impl_->server.is_running(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

void HttpService::stop() {
  if (!impl_->thread.joinable()) return;
  impl_->server.stop();
  impl_->thread.join();
}

}  // namespace dotmesh::observe
