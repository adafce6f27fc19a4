#include "query/policy.h"

#include <gmock/gmock.h>

#include "authority/testing.h"

namespace dotmesh {
namespace {

using ::testing::ElementsAre;

Located<SocketAddress> server(std::string_view text) { return {SocketAddress::parse(text, 53).value(), {}}; }
Located<Name> name(std::string_view text) { return {Name::parse(text).value(), {}}; }

std::shared_ptr<Generation> generation() {
  auto out = std::make_shared<Generation>();
  out->zones = ZoneSet({testing::make_zone("mesh.", "@ 60 SOA ns ns 1 1 1 1 30\n@ 60 NS ns\nns 60 A 10.0.0.1")});
  return out;
}

std::string text_of(const ForwardZone& zone) {
  std::string text = zone.zone.to_string();
  for (const SocketAddress& address : zone.servers) text += " " + address.to_string();
  return text + (zone.kind == ForwardZone::Kind::kStub ? " stub" : "") + (zone.private_zone ? " private" : "");
}

std::vector<std::string> forwards(const Policy& policy) {
  std::vector<std::string> out;
  for (const ForwardZone& zone : policy.resolver->forwards) out.push_back(text_of(zone));
  return out;
}

ClientClass class_of(const Policy& policy, std::string_view address) {
  return policy.clients.of(SocketAddress::parse(address, 4000).value().get());
}

TEST(PolicyTest, NodeFileStandsBeforeNetworkFile) {
  NodePolicy node;
  node.resolver.forwards.push_back({name("a.").value, {server("192.0.2.1").value}});
  auto network = generation();
  network->network.resolver.forward.push_back({{}, name("A."), {server("192.0.2.2")}});
  network->network.resolver.forward.push_back({{}, name("b."), {server("192.0.2.2"), server("192.0.2.3@5353")}});
  auto policy = PolicySource(node).of(network);
  EXPECT_THAT(forwards(*policy), ElementsAre("a. 192.0.2.1@53", "b. 192.0.2.2@53 192.0.2.3@5353"));
  ASSERT_EQ(policy->resolver->private_zones.size(), 1u);
  EXPECT_EQ(policy->resolver->private_zones[0].to_string(), "mesh.");
}

TEST(PolicyTest, ResolverOnlyNodeAsksTheServiceAddresses) {
  NodePolicy node;
  node.has_authority = false;
  auto network = generation();
  EXPECT_TRUE(PolicySource(node).of(network)->in_process);  // nobody else to ask
  network->network.service.push_back({{}, server("10.10.10.11"), {kRoleAuthority}});
  network->network.service.push_back({{}, server("10.10.10.10"), {kRoleResolver}});
  network->network.service.push_back({{}, server("10.10.10.12"), {kRoleAuthority | kRoleResolver}});
  auto policy = PolicySource(node).of(network);
  EXPECT_FALSE(policy->in_process);
  EXPECT_THAT(forwards(*policy), ElementsAre("mesh. 10.10.10.11@53 10.10.10.12@53 stub private"));
  node.has_authority = true;
  policy = PolicySource(node).of(network);
  EXPECT_TRUE(policy->in_process);
  EXPECT_TRUE(forwards(*policy).empty());
}

TEST(PolicyTest, AttachedNetworksOnlyWhereNothingSaysWhatTheMeshIs) {
  NodePolicy node;
  node.attached = {IpPrefix::parse("192.0.2.0/24").value()};
  auto network = generation();
  EXPECT_EQ(class_of(*PolicySource(node).of(network), "192.0.2.9"), ClientClass::kMesh);
  network->network.network.mesh_prefixes.push_back({IpPrefix::parse("10.0.0.0/8").value(), {}});
  EXPECT_EQ(class_of(*PolicySource(node).of(network), "192.0.2.9"), ClientClass::kPublic);
  EXPECT_EQ(class_of(*PolicySource(node).of(network), "10.9.9.9"), ClientClass::kMesh);
  node.allow = {IpPrefix::parse("198.51.100.0/24").value()};
  EXPECT_EQ(class_of(*PolicySource(node).of(network), "198.51.100.1"), ClientClass::kMesh);
  EXPECT_EQ(class_of(*PolicySource(node).of(nullptr), "192.0.2.9"), ClientClass::kPublic);
}

TEST(PolicyTest, OneForEachGeneration) {
  PolicySource source{NodePolicy{}};
  auto first = generation();
  auto made = source.of(first);
  EXPECT_EQ(source.of(first), made);
  EXPECT_NE(source.of(generation()), made);
}

TEST(PolicyTest, SecondsAreRoundedUp) {
  ResolverSection section = default_node_config().resolver;
  section.serve_stale = std::chrono::milliseconds(1);
  EXPECT_EQ(resolver_settings(section).serve_stale, std::chrono::seconds(1));
  EXPECT_EQ(resolver_settings(section).cache_max_ttl, std::chrono::hours(24));
}

TEST(PolicyTest, LoopbackIsAttached) {
  EXPECT_THAT(attached_networks(), ::testing::Contains(IpPrefix::parse("127.0.0.0/8").value()));
}

}  // namespace
}  // namespace dotmesh
