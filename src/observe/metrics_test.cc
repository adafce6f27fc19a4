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

TEST(MetricsText, HistogramIsCumulativeAndEndsWithAll) {
  TimeHistogram histogram;
  histogram.add(std::chrono::microseconds(20), 3);
  histogram.add(std::chrono::seconds(9));
  TimeCounts counts;
  histogram.add_to(counts);
  MetricsText text;
  text.histogram("dotmesh_x_seconds", "Times.", counts);
  EXPECT_THAT(text.text(), HasSubstr("# TYPE dotmesh_x_seconds histogram\n"
                                     "dotmesh_x_seconds_bucket{le=\"1e-05\"} 0\n"
                                     "dotmesh_x_seconds_bucket{le=\"2.5e-05\"} 3\n"
                                     "dotmesh_x_seconds_bucket{le=\"5e-05\"} 3\n"));
  EXPECT_THAT(text.text(), HasSubstr("dotmesh_x_seconds_bucket{le=\"5\"} 3\n"
                                     "dotmesh_x_seconds_bucket{le=\"+Inf\"} 4\n"
                                     "dotmesh_x_seconds_sum 9.00006\n"
                                     "dotmesh_x_seconds_count 4\n"));
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

TEST(NodeMetrics, TellQueriesByTransportRoleClassAndRcode) {
  NodeFigures given = figures();
  const auto put = [&](Transport transport, AnswerSource source, ClientClass client,
                       std::size_t rcode, std::uint64_t count) {
    given.queries.answers[answer_index(transport, source, client, rcode)] = count;
  };
  put(Transport::kUdp, AnswerSource::kAuthority, ClientClass::kPublic, 3, 11);
  put(Transport::kTcp, AnswerSource::kPrepared, ClientClass::kMesh, 0, 20);
  put(Transport::kTcp, AnswerSource::kResolver, ClientClass::kMesh, 0, 3);
  put(Transport::kUdp, AnswerSource::kResolver, ClientClass::kLoopback, kBadVersIndex, 4);
  put(Transport::kUdp, AnswerSource::kResolver, ClientClass::kLoopback, 9, 5);
  const std::string text = render_metrics(given);
  const auto has = [&](std::string_view labels, int count) {
    EXPECT_THAT(text, HasSubstr("dotmesh_queries_answered_total{" + std::string(labels) + "} " +
                                std::to_string(count) + "\n"));
  };
  has(R"(transport="udp",role="authority",class="public",rcode="NXDOMAIN")", 11);
  has(R"(transport="tcp",role="resolver",class="mesh",rcode="NOERROR")", 23);
  has(R"(transport="udp",role="resolver",class="loopback",rcode="BADVERS")", 4);
  has(R"(transport="udp",role="resolver",class="loopback",rcode="other")", 5);
  EXPECT_THAT(text, HasSubstr("dotmesh_answer_cache_hits_total 20\n"));
  EXPECT_THAT(text, HasSubstr("dotmesh_answer_cache_misses_total 7\n"));
  given.resolver.clear();
  EXPECT_THAT(render_metrics(given), Not(HasSubstr("answer_cache")));
}

TEST(NodeMetrics, TellOfTheFleet) {
  NodeFigures given = figures();
  given.fleet = {{"sn3", "10.0.0.3@8353", "well", "0123abcd", "0.1", 12.5, ""},
                 {"sn4", "10.0.0.4@8353", "", "", "", {}, "cannot be reached"}};
  const std::string text = render_metrics(given);
  EXPECT_THAT(text, HasSubstr("dotmesh_fleet_node_up{node=\"sn3\"} 1\n"
                              "dotmesh_fleet_node_up{node=\"sn4\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("dotmesh_fleet_node_well{node=\"sn3\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("dotmesh_fleet_node_same_commit{node=\"sn3\"} 1\n"
                              "dotmesh_fleet_node_same_commit{node=\"sn4\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("dotmesh_fleet_node_latency_seconds{node=\"sn3\"} 0.0125\n"));
  EXPECT_THAT(text, Not(HasSubstr("latency_seconds{node=\"sn4\"}")));
  EXPECT_THAT(render_metrics(figures()), Not(HasSubstr("fleet")));
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
