// ControlServer: the daemon's side of the control socket, for `dotmesh status`, `reload` and the like.
//
// Who may connect is the file system's matter: the socket has mode 0660. Each client has a thread while
// it is connected, so a command may block (reload waits for its outcome) without holding up others;
// clients are few (kMaxControlClients) and must ask within kControlIdle.
// bind(), start() and stop() belong to one thread. Commands run on clients' threads.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/result.h"

namespace dotmesh {

// People and monitoring; the next one waits until one has gone.
inline constexpr std::size_t kMaxControlClients = 16;
// A client that asks nothing, or does not read its answer, is dropped.
inline constexpr std::chrono::seconds kControlIdle{10};

// What a command does: its argument (may be empty) to JSON text, or a fault in words.
using Command = std::function<Result<std::string>(const std::string& argument)>;
using CommandTable = std::map<std::string, Command, std::less<>>;

class ControlServer {
 public:
  // Binds `path`, replacing a socket that a dead daemon left (the caller holds the state folder's
  // lock), and gives it to `owner` when that is not -1.
  static Result<std::unique_ptr<ControlServer>> bind(std::string path, uid_t owner, gid_t group);
  ~ControlServer();  // stops
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

  void start(CommandTable commands);
  // Waits for running commands: whatever they wait for must have been stopped before.
  void stop();

 private:
  struct Client {
    int fd;
    bool done = false;  // guarded by mutex_
    std::thread thread;
  };

  ControlServer(std::string path, int fd);
  void accept_clients();
  void serve(Client& client);
  void reap(bool all);
  Result<std::string> run(std::string_view line) const;

  std::string path_;
  int listen_fd_;
  int stop_fd_;
  CommandTable commands_;
  std::thread thread_;
  std::mutex mutex_;
  std::list<Client> clients_;  // the list itself: accept thread only, after start()
};

}  // namespace dotmesh
