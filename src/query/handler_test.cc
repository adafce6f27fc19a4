#include "query/handler.h"

#include <gtest/gtest.h>

#include "authority/testing.h"

namespace dotmesh {
namespace {

using testing::make_query;
using testing::QueryOptions;
using testing::to_text;

class HandlerTest : public ::testing::Test {
 protected:
  HandlerTest() {
    auto generation = std::make_shared<Generation>();
    generation->commit.id = "0123abcd";
    generation->zones = ZoneSet({testing::make_zone(
        "mesh.", "@ 60 SOA ns ns 1 1 1 1 30\n@ 60 NS ns\nns 60 A 10.0.0.1\nbig 60 TXT " + big_)});
    generations_.publish(std::move(generation));
    handler_.refresh();
  }

  // The response octets; empty when the message is dropped.
  std::vector<std::uint8_t> send(std::span<const std::uint8_t> query, Transport transport = Transport::kUdp) {
    QueryHandler::Slot slot;
    if (!handler_.begin(slot, query, {.transport = transport})) return {};
    handler_.fetch(slot);
    std::vector<std::uint8_t> out(transport == Transport::kUdp ? kMaxUdpResponse : kMaxMessage);
    out.resize(handler_.finish(slot, query, out));
    return out;
  }
  std::string ask(std::string_view qname, RRType type, QueryOptions options = {}) {
    return to_text(send(make_query(qname, type, options)));
  }

  const std::string big_ = std::string(6, ' ').replace(0, 6, "\"" + std::string(200, 'a') + "\" \"" + std::string(200, 'b') +
                           "\" \"" + std::string(200, 'c') + "\" \"" + std::string(250, 'd') + "\" \"" +
                           std::string(250, 'e') + "\" \"" + std::string(250, 'f') + "\"\n");
  NodeIdentity identity_{.name = "sn3", .version = "dotmesh 0.1"};
  Snapshot<Generation> generations_;
  QueryHandler handler_{generations_, identity_};
};

TEST_F(HandlerTest, CopiesIdQuestionAndRd) {
  auto query = make_query("Ns.MESH.", RRType::kA, {.recursion_desired = true});
  auto response = send(query);
  EXPECT_EQ(response[0], 0x12);
  EXPECT_EQ(response[1], 0x34);
  EXPECT_EQ(response[2], kFlagQr | kFlagAa | kFlagRd);
  EXPECT_EQ(response[3], 0);  // RA clear: this address offers no recursion
  EXPECT_TRUE(std::equal(query.begin() + 12, query.end(), response.begin() + 12));
}

TEST_F(HandlerTest, SizesNeverAboveWhatWasAsked) {
  EXPECT_EQ(ask("big.mesh.", RRType::kTXT), "NOERROR aa tc");
  EXPECT_EQ(ask("big.mesh.", RRType::kTXT, {.edns = true, .udp_payload = 65535}), "NOERROR aa tc");
  EXPECT_TRUE(to_text(send(make_query("big.mesh.", RRType::kTXT), Transport::kTcp)).starts_with("NOERROR aa\nAN big"));
  for (std::uint16_t size : {0, 1, 511, 512, 600, 1231, 1232, 4096, 65535}) {
    auto out = send(make_query("big.mesh.", RRType::kTXT, {.edns = true, .udp_payload = size}));
    EXPECT_LE(out.size(), std::max<std::size_t>(size, 512));
    EXPECT_LE(out.size(), 1232U);
  }
}

TEST_F(HandlerTest, CountsByWhatWasAnswered) {
  const auto counted = [this](std::size_t rcode) {
    QueryStats stats;
    stats.add(handler_.counters());
    return stats.answers[answer_index(Transport::kUdp, AnswerSource::kAuthority, ClientClass::kLoopback, rcode)];
  };
  auto bad_version = make_query("ns.mesh.", RRType::kA, {.edns = true});
  bad_version[bad_version.size() - 5] = 1;  // the OPT record ends with version, flags and an empty RDATA
  const std::uint8_t answer[] = {0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  EXPECT_TRUE(send(answer).empty());  // gets nothing, counts as nothing
  ask("ns.mesh.", RRType::kA);
  send(bad_version);
  ask("id.server.", RRType::kTXT, {.qclass = 3});
  ask("ns.mesh.", RRType::kAXFR);
  EXPECT_EQ(counted(0), 2U);
  EXPECT_EQ(counted(kBadVersIndex), 1U);
  EXPECT_EQ(counted(5), 1U);
}

TEST_F(HandlerTest, Identity) {
  EXPECT_EQ(ask("ID.server.", RRType::kTXT, {.qclass = 3}), "NOERROR aa\nAN ID.server. 0 TXT \"sn3\"");
  EXPECT_EQ(ask("hostname.bind.", RRType::kTXT, {.qclass = 3}), "NOERROR aa\nAN hostname.bind. 0 TXT \"sn3\"");
  EXPECT_EQ(ask("version.server.", RRType::kTXT, {.qclass = 3}), "NOERROR aa\nAN version.server. 0 TXT \"dotmesh 0.1\"");
  EXPECT_EQ(ask("generation.server.", RRType::kTXT, {.qclass = 3}), "NOERROR aa\nAN generation.server. 0 TXT \"0123abcd\"");
  EXPECT_EQ(ask("generation.server.", RRType::kA, {.qclass = 3}), "NOERROR aa");
  EXPECT_EQ(ask("other.server.", RRType::kTXT, {.qclass = 3}), "REFUSED");
  EXPECT_EQ(ask("ns.mesh.", RRType::kA, {.qclass = 4}), "REFUSED");
  EXPECT_EQ(ask("ns.mesh.", RRType::kA, {.qclass = 255}), "NOERROR\nAN ns.mesh. 60 A 10.0.0.1");
  auto nsid = send(make_query("ns.mesh.", RRType::kA, {.edns = true, .edns_options = {0, 3, 0, 0}}));
  const std::vector<std::uint8_t> option{0, 3, 0, 3, 's', 'n', '3'};
  EXPECT_TRUE(std::equal(option.begin(), option.end(), nsid.end() - 7));
}

TEST_F(HandlerTest, Edns) {
  auto badvers = make_query("ns.mesh.", RRType::kA, {.edns = true});
  badvers[badvers.size() - 5] = 1;  // version
  auto response = send(badvers);
  EXPECT_EQ(response[3] & 0x0f, 0);
  EXPECT_EQ(response[response.size() - 6], 1);  // extended RCODE 16: BADVERS
  EXPECT_EQ(response[response.size() - 5], 0);  // the version that we speak
  EXPECT_EQ(ask("ns.mesh.", RRType::kA, {.edns = true, .edns_options = {0xff, 0xff, 0, 2, 1, 2}}),
            "NOERROR aa\nAN ns.mesh. 60 A 10.0.0.1");
  EXPECT_EQ(ask("ns.mesh.", RRType::kA, {.edns = true, .edns_options = {0, 3, 0, 9}}), "FORMERR");
  auto two = make_query("ns.mesh.", RRType::kA, {.edns = true});
  two.insert(two.end(), two.end() - 11, two.end());
  two[11] = 2;
  EXPECT_EQ(to_text(send(two)), "FORMERR");
}

TEST_F(HandlerTest, MalformedAndForeign) {
  auto query = make_query("ns.mesh.", RRType::kA);
  for (std::size_t cut = 0; cut < query.size(); cut++) {
    auto response = send(std::span(query).first(cut));
    EXPECT_EQ(response.empty(), cut < 12) << cut;
    if (!response.empty()) {
      EXPECT_EQ(response[3] & 0x0f, 1);
    }
  }
  auto is_response = query;
  is_response[2] |= kFlagQr;
  EXPECT_TRUE(send(is_response).empty());
  for (int opcode = 1; opcode < 16; opcode++) {
    auto other = query;
    other[2] = static_cast<std::uint8_t>(opcode << 3);
    auto response = send(other);
    EXPECT_EQ(response[3] & 0x0f, 4);
    EXPECT_EQ(response[2] & kOpcodeMask, opcode << 3);
  }
  for (std::uint8_t count : {0, 2}) {
    auto other = query;
    other[5] = count;
    EXPECT_EQ(to_text(send(other)), "FORMERR");
  }
  auto trailing = query;
  trailing.push_back(0);
  EXPECT_EQ(to_text(send(trailing)), "FORMERR");
  EXPECT_EQ(ask("ns.mesh.", RRType::kAXFR), "REFUSED");
  EXPECT_EQ(ask("ns.mesh.", RRType::kTSIG), "FORMERR");
  EXPECT_EQ(ask("ns.mesh.", RRType::kMAILA), "NOTIMP");
}

TEST(HandlerStartTest, ServfailBeforeTheFirstGeneration) {
  Snapshot<Generation> generations;
  NodeIdentity identity{.name = "a", .version = "b"};
  QueryHandler handler(generations, identity);
  handler.refresh();
  auto query = make_query("ns.mesh.", RRType::kA);
  QueryHandler::Slot slot;
  ASSERT_TRUE(handler.begin(slot, query, {}));
  handler.fetch(slot);
  std::vector<std::uint8_t> out(kMaxUdpResponse);
  out.resize(handler.finish(slot, query, out));
  EXPECT_EQ(to_text(out), "SERVFAIL");
}

}  // namespace
}  // namespace dotmesh
