#include "resolver/root_hints.h"

#include <fmt/format.h>

#include <algorithm>

#include "resolver/record_file.h"

namespace dotmesh {
namespace {

// https://www.internic.net/domain/named.root of 2024.
constexpr std::string_view kNamedRoot = R"(
. NS a.root-servers.net.
. NS b.root-servers.net.
. NS c.root-servers.net.
. NS d.root-servers.net.
. NS e.root-servers.net.
. NS f.root-servers.net.
. NS g.root-servers.net.
. NS h.root-servers.net.
. NS i.root-servers.net.
. NS j.root-servers.net.
. NS k.root-servers.net.
. NS l.root-servers.net.
. NS m.root-servers.net.
$ORIGIN root-servers.net.
a A 198.41.0.4
a AAAA 2001:503:ba3e::2:30
b A 170.247.170.2
b AAAA 2801:1b8:10::b
c A 192.33.4.12
c AAAA 2001:500:2::c
d A 199.7.91.13
d AAAA 2001:500:2d::d
e A 192.203.230.10
e AAAA 2001:500:a8::e
f A 192.5.5.241
f AAAA 2001:500:2f::f
g A 192.112.36.4
g AAAA 2001:500:12::d0d
h A 198.97.190.53
h AAAA 2001:500:1::53
i A 192.36.148.17
i AAAA 2001:7fe::53
j A 192.58.128.30
j AAAA 2001:503:c27::2:30
k A 193.0.14.129
k AAAA 2001:7fd::1
l A 199.7.83.42
l AAAA 2001:500:9f::42
m A 202.12.27.33
m AAAA 2001:dc3::35
)";

class HintsReader {
 public:
  HintsReader(const std::string& path, std::string_view text, Diagnostics& diagnostics, std::uint16_t port)
      : path_(path), text_(text), diagnostics_(diagnostics), port_(port) {}

  std::vector<RootHint> read() {
    const std::size_t faults_before = diagnostics_.error_count();
    const std::vector<FileRecord> records = read_records(path_, text_, diagnostics_);
    for (const FileRecord& record : records) {
      if (record.type == RRType::kNS) take_server(record);
    }
    for (const FileRecord& record : records) {
      if (record.type != RRType::kNS) take_other(record);
    }
    for (std::size_t i = 0; i < hints_.size(); ++i) {
      if (!hints_[i].addresses.empty()) continue;
      fault(Severity::kError, "root-server-without-address", lines_[i],
            fmt::format("the root server {} has no address", hints_[i].server.to_string()),
            fmt::format("add an A or AAAA record of {}", hints_[i].server.to_string()));
    }
    if (hints_.empty() && diagnostics_.error_count() == faults_before) {
      diagnostics_.error("no-root-hints", {path_}, "no NS record of the root: the resolver would not know whom to ask",
                         "add NS records of \".\" and their addresses, or leave the setting out to have them built in");
    }
    return std::move(hints_);
  }

 private:
  void take_server(const FileRecord& record) {
    const NameView server = rdata_name(record.rdata);
    if (!record.owner.view().is_root()) {
      return fault(Severity::kError, "not-a-root-hint", record.line,
                   fmt::format("an NS record of {}, not of the root", record.owner.to_string()),
                   "name other zones' servers with [[resolver.forward]]");
    }
    if (find(server) != nullptr) return;
    hints_.push_back({.server = server, .addresses = {}});
    lines_.push_back(record.line);
  }

  void take_other(const FileRecord& record) {
    if (record.type != RRType::kA && record.type != RRType::kAAAA) {
      return fault(Severity::kError, "not-a-root-hint", record.line,
                   fmt::format("{} records are no root hints", to_string(record.type)), "keep NS, A and AAAA records only");
    }
    RootHint* hint = find(record.owner);
    if (hint == nullptr) {
      return fault(Severity::kWarning, "unused-root-hint", record.line,
                   fmt::format("an address of {}, which is no root server here", record.owner.to_string()),
                   fmt::format("add \". NS {}\", or remove the address", record.owner.to_string()));
    }
    const SocketAddress address = record.type == RRType::kA
                                      ? SocketAddress::ipv4(std::span<const std::uint8_t, 4>(record.rdata.data(), 4), port_)
                                      : SocketAddress::ipv6(std::span<const std::uint8_t, 16>(record.rdata.data(), 16), port_);
    if (std::ranges::find(hint->addresses, address) == hint->addresses.end()) hint->addresses.push_back(address);
  }

  RootHint* find(NameView server) {
    auto found = std::ranges::find_if(hints_, [&](const RootHint& hint) { return hint.server.view() == server; });
    return found == hints_.end() ? nullptr : &*found;
  }

  void fault(Severity severity, std::string code, std::uint32_t line, std::string message, std::string way_out) {
    add_record_fault(diagnostics_, severity, std::move(code), path_, text_, line, std::move(message), std::move(way_out));
  }

  const std::string& path_;
  std::string_view text_;
  Diagnostics& diagnostics_;
  std::uint16_t port_;
  std::vector<RootHint> hints_;
  std::vector<std::uint32_t> lines_;  // of the NS records of hints_
};

}  // namespace

std::vector<RootHint> built_in_root_hints() {
  Diagnostics none;
  return parse_root_hints("built-in", kNamedRoot, none);
}

std::vector<RootHint> parse_root_hints(const std::string& path, std::string_view text, Diagnostics& diagnostics,
                                       std::uint16_t port) {
  return HintsReader(path, text, diagnostics, port).read();
}

}  // namespace dotmesh
