#include <gmock/gmock.h>

#include "observe/metrics_text.h"
#include "observe/node_metrics.h"

namespace dotmesh::observe {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(MetricsText, WritesHelpTypeLabelsAndEscapes) {
  MetricsText text;
  text.metric("dotmesh_x_total", MetricsText::Kind::kCounter, "Things.");
  text.sample(3, {{"a", "plain"}, {"b", "q\"u\\o\nte"}});
  text.one("dotmesh_y", MetricsText::Kind::kGauge, "A level.", 0.5);
  EXPECT_EQ(text.text(),
            "# HELP dotmesh_x_total Things.\n# TYPE dotmesh_x_total counter\n"
            "dotmesh_x_total{a=\"plain\",b=\"q\\\"u\\\\o\\nte\"} 3\n"
            "# HELP dotmesh_y A level.\n# TYPE dotmesh_y gauge\ndotmesh_y 0.5\n");
}

NodeFigures figures() {
  NodeFigures figures;
  figures.version = "0.1";
  figures.workers = 2;
  figures.server.udp.received = 12;
  figures.server.tcp.received = 3;
  figures.server.connections.accepted = 5;
  figures.server.connections.closed = 4;
  figures.resolver = {{"questions", 7}, {"cache_octets", 1 << 20}};
  figures.updater.served.id = "0123abcd";
  figures.zones = 4;
  return figures;
}

TEST(NodeMetrics, TellWhatTheNodeCounts) {
  const std::string text = render_metrics(figures());
  EXPECT_THAT(text, HasSubstr("dotmesh_queries_received_total{transport=\"udp\"} 12\n"));
  EXPECT_THAT(text, HasSubstr("dotmesh_queries_received_total{transport=\"tcp\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("dotmesh_tcp_connections 1\n"));
  EXPECT_THAT(text, HasSubstr("dotmesh_resolver_questions_total 7\n"));
  EXPECT_THAT(
      text,
      HasSubstr(
          "# TYPE dotmesh_resolver_cache_bytes gauge\ndotmesh_resolver_cache_bytes 1048576\n"));
  EXPECT_THAT(text, HasSubstr("dotmesh_generation_info{commit=\"0123abcd\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("dotmesh_commit_refused 0\n"));
  EXPECT_THAT(text, Not(HasSubstr("anycast")));
}

TEST(NodeMetrics, TellOfAddressesThatThisNodePresents) {
  NodeFigures given = figures();
  given.anycast.method = "bird";
  given.anycast.services.resize(3);
  given.anycast.services[0].address = "10.10.10.10@53";
  given.anycast.services[0].announced = anycast::Route::kNormal;
  given.anycast.services[1].address = "10.10.10.11@53";
  given.anycast.services[1].announced = anycast::Route::kLastResort;
  given.anycast.services[2].address = "10.10.10.12@53";
  given.anycast.services[2].presented = false;
  const std::string text = render_metrics(given);
  EXPECT_THAT(text, HasSubstr("dotmesh_anycast_announced{address=\"10.10.10.10@53\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("dotmesh_anycast_announced{address=\"10.10.10.11@53\"} 0.5\n"));
  EXPECT_THAT(text, Not(HasSubstr("10.10.10.12")));
}

}  // namespace
}  // namespace dotmesh::observe
