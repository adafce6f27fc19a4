// Random zones signed by dnssec-signzone, and every question to them.
//
// Complete: each RRset verifies, and each response of Answerer proves what it says.
// Sound: given all NSEC or NSEC3 records of the zone, which is more than any response holds, nothing is proven
// that is not so.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>

#include "authority/testing.h"
#include "dns/message.h"
#include "dnssec/denial_check.h"
#include "dnssec/keyset.h"
#include "dnssec/testing.h"

namespace dotmesh {
namespace {

constexpr const char* kOrigin = "t.example.";
constexpr std::int64_t kNow = 1'700'000'000;

struct Style {
  const char* what;
  const char* options;  // of dnssec-signzone
  bool opt_out;
};

constexpr Style kStyles[] = {
    {"NSEC", "", false},
    {"NSEC3", "-3 - -H 0", false},
    {"NSEC3 with salt and iterations", "-3 aabbccdd -H 5", false},
    {"NSEC3 with opt-out", "-3 - -H 0 -A", true},
};

// Owners from few labels, so that wildcards, empty non-terminals, zone cuts and aliases meet.
std::string random_zone(std::mt19937& random) {
  const auto pick = [&](unsigned below) { return static_cast<unsigned>(random() % below); };
  std::string text = "$TTL 300\n$ORIGIN t.example.\n@ SOA Ns.t.example. Host.t.example. 1 2 3 4 60\n@ NS Ns\nns A 192.0.2.1\n";
  std::set<std::string> taken{"ns"};
  std::set<std::string> dnames;
  const auto is_below_dname = [&](const std::string& owner) {
    return std::ranges::any_of(dnames, [&](const std::string& dname) { return owner.ends_with("." + dname); });
  };
  const auto has_below = [&](const std::string& owner) {
    return std::ranges::any_of(taken, [&](const std::string& other) { return other.ends_with("." + owner); });
  };
  constexpr const char* kLabels[] = {"a", "b", "*", "m", "z"};
  for (unsigned i = 4 + pick(12); i != 0; --i) {
    std::string owner = kLabels[pick(5)];
    for (unsigned depth = pick(3); depth != 0; --depth) owner += std::string(".") + kLabels[pick(5)];
    if (is_below_dname(owner) || !taken.insert(owner).second) continue;
    switch (pick(8)) {
      case 0: text += owner + " NS ns.elsewhere.example.\n"; break;
      case 1: text += owner + " NS ns.elsewhere.example.\n" + owner + " DS 1 13 2 " + std::string(64, '7') + "\n"; break;
      case 2: text += owner + " CNAME Target.elsewhere.example.\n"; break;
      case 3:
        if (owner.front() == '*' || has_below(owner)) {
          text += owner + " TXT \"no DNAME here\"\n";
        } else {
          text += owner + " DNAME elsewhere.example.\n";
          dnames.insert(owner);
        }
        break;
      case 4: text += owner + " MX 5 Mail.T.example.\n" + owner + " MX 1 b.mail.example.\n"; break;
      default: text += owner + " A 192.0.2.7\n" + owner + " A 192.0.2.3\n"; break;
    }
  }
  return text;
}

class Signing : public ::testing::Test {
 protected:
  void SetUp() override {
    if (std::system("command -v dnssec-signzone >/dev/null") != 0) GTEST_SKIP() << "dnssec-signzone (bind9-utils) is not there";
    char pattern[] = "/tmp/dotmesh-signed-XXXXXX";
    folder_ = mkdtemp(pattern);
    ASSERT_EQ(run("dnssec-keygen -q -a RSASHA256 -b 1024 -f KSK -K " + folder_ + " t.example >/dev/null"), 0);
  }
  void TearDown() override {
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }

  static int run(const std::string& command) { return std::system(command.c_str()); }

  // The zone signed; empty when the signer refuses it (data beside a CNAME that a wildcard made, say).
  std::string sign(const std::string& text, const char* options) {
    std::ofstream(folder_ + "/zone") << text;
    const std::string command = "cd " + folder_ + " && dnssec-signzone -S -z -P -q " + options +
                                " -s 20230101000000 -e 20330101000000 -o t.example -f signed zone >/dev/null 2>log";
    if (run(command) != 0) return {};
    std::ifstream in(folder_ + "/signed");
    return {std::istreambuf_iterator<char>(in), {}};
  }

  std::string folder_;
};

class SignedZones : public Signing, public ::testing::WithParamInterface<Style> {};

struct SignedZone {
  explicit SignedZone(const std::string& text) : rrsets(testing::parse_rrsets(text)) {
    for (const RRset& rrset : rrsets) {
      if (rrset.type == RRType::kDNSKEY) keys = rrset;
    }
  }
  SignatureVerdict verify(const RRset& rrset) {
    WorkBudget budget;
    return verify_rrset(rrset, keys, kNow, cache, budget);
  }

  std::vector<RRset> rrsets;
  RRset keys;
  KeyCache cache;
};

Message ask(const ZoneSet& zones, const Name& qname, RRType qtype) {
  const auto query = testing::make_query(qname.to_string(), qtype, {.edns = true, .dnssec_ok = true, .udp_payload = 65000});
  QueryMessage message;
  EXPECT_EQ(message.parse(query), QueryVerdict::kAnswer);
  std::vector<std::uint8_t> out(65000);
  ResponseWriter writer(out, out.size(), query, message);
  Answerer(zones, message, writer).answer();
  out.resize(writer.finish());
  Message response;
  EXPECT_TRUE(response.parse(out));
  return response;
}

enum class Truth : std::uint8_t { kAnswer, kAlias, kNodata, kNxdomain, kReferral };

Truth truth_of(const Message& response, RRType qtype) {
  const auto answer = response.rrsets(Section::kAnswer);
  if (!answer.empty()) return answer.front().type == qtype ? Truth::kAnswer : Truth::kAlias;
  if (response.rcode() == static_cast<unsigned>(Rcode::kNxDomain)) return Truth::kNxdomain;
  for (const RRset& rrset : response.rrsets(Section::kAuthority)) {
    if (rrset.type == RRType::kSOA) return Truth::kNodata;
  }
  return Truth::kReferral;
}


// Labels above the name that a CNAME or DNAME was found at.
void check_complete(SignedZone& zone, const Message& response, Truth truth, bool opt_out) {
  const Name qname(response.qname());
  const auto answer = response.rrsets(Section::kAnswer);
  const auto authority = response.rrsets(Section::kAuthority);
  DenialCheck check(zone.keys.owner);
  WorkBudget budget;
  for (const RRset& rrset : authority) {
    const SignatureVerdict verdict = zone.verify(rrset);
    if (rrset.type == RRType::kNS) continue;  // of a referral: not signed
    EXPECT_TRUE(verdict.secure()) << rrset.owner.to_string() << " " << to_string(rrset.type);
    if (is_denial(rrset.type)) check.add(rrset, verdict);
  }
  const auto enough = [&](DenialStatus status) {
    return status == DenialStatus::kProven || (opt_out && status == DenialStatus::kInsecure);
  };
  switch (truth) {
    case Truth::kAnswer:
    case Truth::kAlias:
      for (const RRset& rrset : answer) {
        if (!rrset.owner.view().is_at_or_below(zone.keys.owner)) continue;
        if (rrset.type == RRType::kCNAME && rrset.signatures.empty()) continue;  // made from a DNAME
        const SignatureVerdict verdict = zone.verify(rrset);
        EXPECT_TRUE(verdict.secure()) << rrset.owner.to_string() << " " << to_string(rrset.type);
        if (verdict.wildcard) {
          EXPECT_TRUE(enough(check.wildcard_answer(rrset.owner, verdict.labels, budget).status)) << "from a wildcard";
        }
      }
      break;
    case Truth::kNodata: EXPECT_TRUE(enough(check.nodata(qname, response.qtype(), budget).status)); break;
    case Truth::kNxdomain: EXPECT_TRUE(enough(check.nxdomain(qname, budget).status)); break;
    case Truth::kReferral: {
      bool has_ds = false;
      Name cut;
      for (const RRset& rrset : authority) {
        if (rrset.type == RRType::kNS) cut = rrset.owner;
        has_ds |= rrset.type == RRType::kDS;
      }
      EXPECT_EQ(check.no_ds(cut, budget).absence, has_ds ? DsAbsence::kNotProven : DsAbsence::kInsecureDelegation);
      break;
    }
  }
}

// With all the records that a hostile server could send.
void check_sound(DenialCheck& all, const Message& response, Truth truth, bool opt_out) {
  const Name qname(response.qname());
  WorkBudget budget;
  const DenialStatus nodata = all.nodata(qname, response.qtype(), budget).status;
  const DenialStatus nxdomain = all.nxdomain(qname, budget).status;
  EXPECT_FALSE(nodata == DenialStatus::kProven && truth != Truth::kNodata);
  EXPECT_FALSE(nxdomain == DenialStatus::kProven && truth != Truth::kNxdomain);
  if (!opt_out) {
    EXPECT_EQ(nodata == DenialStatus::kProven, truth == Truth::kNodata);
    EXPECT_EQ(nxdomain == DenialStatus::kProven, truth == Truth::kNxdomain);
    EXPECT_NE(nodata, DenialStatus::kInsecure);
    EXPECT_NE(nxdomain, DenialStatus::kInsecure);
  }
  if (response.qtype() != RRType::kDS) return;
  const DsVerdict ds = all.no_ds(qname, budget);
  if (truth == Truth::kAnswer && !response.rrsets(Section::kAnswer).front().owner.view().is_wildcard()) {
    WorkBudget other;
    const bool made = all.nxdomain(qname, other).proven();
    EXPECT_TRUE(ds.absence == DsAbsence::kNotProven || made) << "there is a DS RRset";
  }
}

TEST_P(SignedZones, EveryQuestionIsProvenAndNothingElse) {
  constexpr const char* kLabels[] = {"a", "b", "*", "m", "z", "q"};
  std::vector<Name> qnames{testing::name(kOrigin)};
  for (std::size_t from = 0, to = 1, depth = 0; depth < 3; ++depth, from = to, to = qnames.size()) {
    for (std::size_t i = from; i < to; ++i) {
      for (const char* label : kLabels) {
        qnames.push_back(*Name::join(std::span(reinterpret_cast<const std::uint8_t*>(label), 1), qnames[i]));
      }
    }
  }
  std::size_t counts[5] = {};
  for (unsigned seed = 1; seed <= 8; ++seed) {
    std::mt19937 random(seed * 1000);
    const std::string text = random_zone(random);
    const std::string signed_text = sign(text, GetParam().options);
    if (signed_text.empty()) continue;
    SCOPED_TRACE("seed " + std::to_string(seed) + "\n" + text);
    SignedZone zone(signed_text);
    DenialCheck all(zone.keys.owner);
    for (const RRset& rrset : zone.rrsets) {
      if (rrset.signatures.empty()) continue;
      const SignatureVerdict verdict = zone.verify(rrset);
      EXPECT_TRUE(verdict.secure()) << rrset.owner.to_string() << " " << to_string(rrset.type);
      if (is_denial(rrset.type)) all.add(rrset, verdict);
    }
    ZoneSet zones({testing::make_zone(kOrigin, signed_text)});
    for (const Name& qname : qnames) {
      for (RRType qtype : {RRType::kA, RRType::kMX, RRType::kDS, RRType::kCNAME, RRType::kTXT}) {
        const Message response = ask(zones, qname, qtype);
        if (qname.view() == zone.keys.owner.view() && qtype == RRType::kDS) continue;  // the parent's
        SCOPED_TRACE(qname.to_string() + " " + to_string(qtype));
        const Truth truth = truth_of(response, qtype);
        counts[static_cast<int>(truth)]++;
        check_complete(zone, response, truth, GetParam().opt_out);
        check_sound(all, response, truth, GetParam().opt_out);
        if (HasFailure()) return;
      }
    }
  }
  for (std::size_t count : counts) EXPECT_GT(count, 100U) << "every kind of answer was met";
}

INSTANTIATE_TEST_SUITE_P(All, SignedZones, ::testing::ValuesIn(kStyles),
                         [](const auto& style) { return std::string(1, static_cast<char>('A' + style.index)); });

// Types whose canonical form differs, with capital letters where names are, as another program signs them.
TEST_F(Signing, CanonicalFormsOfTypes) {
  const std::string text = sign(
      "$TTL 300\n$ORIGIN T.Example.\n@ SOA Ns.t.example. Host.t.example. 1 2 3 4 60\n@ NS Ns\nns A 192.0.2.1\n"
      "*.Wild CNAME Foo.Bar.Example.\nptr PTR Foo.Bar.\nmx MX 1 Foo.\nmx MX 1 bar.\nsrv SRV 1 2 3 Foo.Example.\n"
      "naptr NAPTR 1 2 \"U\" \"Sip+E2U\" \"!^.*$!X!\" Foo.Example.\nnaptr NAPTR 1 2 \"U\" \"\" \"\" .\nrp RP Me.Example. Txt.Example.\n"
      "afsdb AFSDB 1 Foo.Example.\nkx KX 1 Foo.Example.\ndname DNAME Foo.Example.\ntxt TXT \"B\" \"a\"\ntxt TXT \"A\"\n"
      "svcb SVCB 1 Foo.Example. alpn=h2\nhttps HTTPS 0 Foo.Example.\ncaa CAA 0 issue \"Ca.Example\"\n"
      "lp LP 1 Foo.Example.\nhinfo HINFO \"X\" \"y\"\nrt RT 1 Foo.Example.\n"
      "minfo MINFO Foo.Example. Bar.Example.\nunknown TYPE65280 \\# 4 41424344\nunknown TYPE65280 \\# 3 414243\n"
      "aaaa AAAA 2001:db8::1\nsshfp SSHFP 1 1 0000000000000000000000000000000000000001\nloc LOC 1 2 3 N 4 5 6 E 7m\n",
      "");
  ASSERT_FALSE(text.empty());
  SignedZone zone(text);
  std::set<RRType> types;
  for (const RRset& rrset : zone.rrsets) {
    EXPECT_TRUE(zone.verify(rrset).secure()) << rrset.owner.to_string() << " " << to_string(rrset.type);
    types.insert(rrset.type);
  }
  EXPECT_GE(types.size(), 26U);
}

}  // namespace
}  // namespace dotmesh
