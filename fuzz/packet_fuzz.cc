// Any octets as a query, over UDP and TCP: no crash, no response beyond what was asked for, and every
// response well-formed to its last octet.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "dns/testing.h"
#include "query/handler.h"
#include "zone/file_tree.h"
#include "zone/zone_builder.h"
#include "zone/zone_reader.h"

namespace dotmesh {
namespace {

// Something of every kind that an answer can be made of.
constexpr const char* kZone = R"(
$TTL 60
@ SOA ns host 1 2 3 4 5
@ NS ns
@ NSEC a.mesh. NS SOA RRSIG NSEC
ns A 10.0.0.1
a CNAME b
b DNAME c.mesh.
*.w CNAME x.w
x.y.z TXT "deep"
cut NS ns.cut
ns.cut A 10.0.0.2
loop1 CNAME loop2
loop2 CNAME loop1
m MX 1 m.c.mesh.
c SRV 1 2 3 ns
)";

struct Fixture {
  Fixture() {
    MemoryTree tree(std::map<std::string, std::string>{{"zone", kZone}});
    Diagnostics diagnostics;
    Name origin = Name::parse("mesh.").value();
    ZoneBuilder builder(origin);
    ZoneReader reader(tree, diagnostics);
    if (!reader.read("zone", origin, builder)) std::abort();
    auto generation = std::make_shared<Generation>();
    generation->commit.id = "0123";
    generation->zones = ZoneSet({builder.build(1).value()});
    generations.publish(std::move(generation));
    handler = std::make_unique<QueryHandler>(generations, identity);
    handler->refresh();
  }
  Snapshot<Generation> generations;
  NodeIdentity identity{.name = "node", .version = "fuzz"};
  std::unique_ptr<QueryHandler> handler;
};

[[noreturn]] void broken(const char* what) {
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

void ask(QueryHandler& handler, std::span<const std::uint8_t> query, Transport transport) {
  static QueryHandler::Slot slot;
  if (!handler.begin(slot, query, {.transport = transport})) return;
  handler.fetch(slot);
  std::vector<std::uint8_t> out(transport == Transport::kUdp ? kMaxUdpResponse : kMaxMessage);
  std::size_t size = handler.finish(slot, query, out);
  if (size == 0) return;
  if (size < kHeaderSize || size > out.size()) broken("size out of bounds");
  std::size_t asked = slot.message.edns.present ? slot.message.edns.udp_payload : kMinUdpPayload;
  if (transport == Transport::kUdp && size > asked) broken("larger than asked");
  if (out[0] != query[0] || out[1] != query[1] || (out[2] & kFlagQr) == 0) broken("not a response to this query");
  if (testing::to_text(std::span(out).first(size)) == "broken") broken("malformed response");
}

}  // namespace
}  // namespace dotmesh

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static dotmesh::Fixture fixture;
  // A query is at most a TCP message.
  std::span<const std::uint8_t> query(data, size < dotmesh::kMaxMessage ? size : dotmesh::kMaxMessage);
  dotmesh::ask(*fixture.handler, query, dotmesh::Transport::kUdp);
  dotmesh::ask(*fixture.handler, query, dotmesh::Transport::kTcp);
  return 0;
}
