// Which service addresses a node presents, and what it must answer there.
#include "daemon/anycast_service.h"

#include <gtest/gtest.h>

#include "network/network_testing.h"

namespace dotmesh {
namespace {

constexpr const char* kNetwork =
    "[network]\nname = \"x\"\n[[zone]]\nname = \"mesh.\"\nfile = \"mesh.zone\"\n"
    "[[service]]\naddress = \"10.10.10.10/32\"\nrole = \"resolver\"\n"
    "[[service]]\naddress = \"10.10.10.11\"\nrole = \"authority\"\n";
constexpr const char* kZone =
    "@ 60 IN SOA ns hostmaster 1 3600 600 86400 60\n@ NS ns\nns A 10.10.10.11\n";

std::shared_ptr<const Generation> generation_with_serial(std::uint32_t serial) {
  auto loaded = test_load({{"dotmesh.toml", kNetwork}, {"mesh.zone", kZone}}, serial);
  EXPECT_EQ(messages(loaded), "");
  return loaded.generation;
}

// As "name serials rd" each.
std::vector<std::string> texts(const std::vector<anycast::Question>& questions) {
  std::vector<std::string> out;
  for (const anycast::Question& question : questions) {
    std::string text = question.name;
    for (const std::uint32_t serial : question.serials) text += " " + std::to_string(serial);
    out.push_back(text + (question.recursion_desired ? " rd" : ""));
  }
  return out;
}
std::vector<std::string> questions(const anycast::Service& service) {
  return texts(service.questions);
}

struct Node {
  NodeConfig config = default_node_config();
  std::vector<ListenAddress> listening;

  Node& listen(const char* address, std::uint8_t roles) {
    ListenEntry entry;
    entry.address = *SocketAddress::parse(address, 53);
    entry.role.bits = roles;
    config.listen.push_back(entry);
    listening.push_back({entry.address, roles});
    return *this;
  }
  std::vector<anycast::Service> services(const Generation* before = nullptr) const {
    return services_to_watch(config, listening, *generation_with_serial(8), before);
  }
};

using Texts = std::vector<std::string>;

TEST(AnycastServiceTest, AsksForTheGenerationsOfNowAndBefore) {
  Node node;
  node.listen("10.10.10.10", kRoleResolver).listen("10.10.10.11", kRoleAuthority);
  const auto before = generation_with_serial(7);
  const auto services = node.services(before.get());
  ASSERT_EQ(services.size(), 2U);
  EXPECT_EQ(questions(services[0]), (Texts{"mesh. 8 7 rd", "localhost. rd"}));
  EXPECT_EQ(questions(services[1]), (Texts{"mesh. 8 7"}));
  EXPECT_EQ(questions(node.services()[1]), (Texts{"mesh. 8"}));
}

TEST(AnycastServiceTest, WhatAResolverAloneNeedsOthersForDecidesNothing) {
  Node node;
  node.listen("10.10.10.10", kRoleResolver);
  EXPECT_EQ(texts(node.services()[0].mesh_questions), (Texts{"mesh. rd"}));
  Node both;
  both.listen("10.10.10.10", kRoleResolver).listen("10.10.10.11", kRoleAuthority);
  for (const anycast::Service& service : both.services())
    EXPECT_EQ(texts(service.mesh_questions), Texts{});
  EXPECT_EQ(questions(node.services()[0]), (Texts{"localhost. rd"}));
  node.config.resolver.special_use_names = false;
  EXPECT_EQ(questions(node.services()[0]), (Texts{"generation.server."}));
}

TEST(AnycastServiceTest, AddressesWithoutASocketAreNotPresented) {
  Node node;
  node.listen("10.10.10.10", kRoleResolver);
  const auto services = node.services();
  EXPECT_TRUE(services[0].presented);
  EXPECT_FALSE(services[1].presented);
  EXPECT_EQ(services[1].obstacle,
            "this node does not listen there; to present it, add [[listen]] address = "
            "\"10.10.10.11@53\"");
  EXPECT_TRUE(services[1].questions.empty());
}

TEST(AnycastServiceTest, AWildcardSocketServesThem) {
  Node node;
  node.listen("0.0.0.0", kRoleAuthority | kRoleResolver);
  for (const anycast::Service& service : node.services()) EXPECT_EQ(service.obstacle, "");
  Node other_port;
  other_port.listen("0.0.0.0@5353", kRoleAuthority | kRoleResolver);
  EXPECT_FALSE(other_port.services()[0].presented);
}

TEST(AnycastServiceTest, TooFewRolesAreSaid) {
  Node node;
  node.listen("10.10.10.10", kRoleAuthority);
  EXPECT_EQ(node.services()[0].obstacle,
            "the node file's [[listen]] gives that address fewer roles than the network file's "
            "[[service]]");
}

}  // namespace
}  // namespace dotmesh
