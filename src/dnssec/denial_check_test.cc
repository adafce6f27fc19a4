#include "dnssec/denial_check.h"

#include <gtest/gtest.h>

#include <deque>

#include "dnssec/testing.h"

namespace dotmesh {
namespace {

using testing::name;
using testing::parse_rrsets;

constexpr SignatureVerdict kSecure{.status = SignatureStatus::kSecure, .labels = 0, .wildcard = false, .ttl = 3600};

// A zone's proof made of records that count as verified.
struct Proof {
  Proof(std::string_view zone, std::string_view text, SignatureVerdict verdict = kSecure) : check(name(zone)) {
    add(text, verdict);
  }
  void add(std::string_view text, SignatureVerdict verdict = kSecure) {
    for (RRset& rrset : parse_rrsets(text)) check.add(rrsets.emplace_back(std::move(rrset)), verdict);
  }
  DenialStatus nodata(std::string_view qname, RRType type) { return check.nodata(name(qname), type, budget).status; }
  DenialStatus nxdomain(std::string_view qname) { return check.nxdomain(name(qname), budget).status; }
  DenialStatus wildcard_answer(std::string_view qname, std::size_t labels) {
    return check.wildcard_answer(name(qname), labels, budget).status;
  }
  DsAbsence no_ds(std::string_view of) { return check.no_ds(name(of), budget).absence; }

  std::deque<RRset> rrsets;
  DenialCheck check;
  WorkBudget budget;
};

constexpr auto kProven = DenialStatus::kProven;
constexpr auto kInsecure = DenialStatus::kInsecure;
constexpr auto kNotProven = DenialStatus::kNotProven;

// The zone of RFC 4035 appendix A.
constexpr const char* kApex = "example. NSEC a.example. NS SOA MX RRSIG NSEC DNSKEY\n";
constexpr const char* kA = "a.example. NSEC ai.example. NS DS RRSIG NSEC\n";
constexpr const char* kB = "b.example. NSEC ns1.example. NS RRSIG NSEC\n";
constexpr const char* kNs1 = "ns1.example. NSEC ns2.example. A RRSIG NSEC\n";
constexpr const char* kNs2 = "ns2.example. NSEC *.w.example. A RRSIG NSEC\n";
constexpr const char* kWild = "*.w.example. NSEC x.w.example. MX RRSIG NSEC\n";
constexpr const char* kXyw = "x.y.w.example. NSEC xx.example. MX RRSIG NSEC\n";
constexpr const char* kLast = "xx.example. NSEC example. A HINFO AAAA RRSIG NSEC\n";

std::string join(std::initializer_list<const char*> lines) {
  std::string out;
  for (const char* line : lines) out += line;
  return out;
}

// RFC 4035 appendix B.2.
TEST(NsecProof, NameError) {
  Proof proof("example.", join({kApex, kB}));
  EXPECT_EQ(proof.nxdomain("ml.example."), kProven);
  EXPECT_EQ(proof.nxdomain("ML.Example."), kProven);
  EXPECT_EQ(proof.nodata("ml.example.", RRType::kA), kNotProven);
  EXPECT_EQ(proof.nxdomain("b.example."), kNotProven) << "it exists";
  EXPECT_EQ(proof.nxdomain("ns1.example."), kNotProven) << "the next name exists";
  EXPECT_EQ(proof.nxdomain("x.b.example."), kNotProven) << "below a zone cut";
  EXPECT_EQ(proof.nxdomain("zz.example."), kNotProven) << "beyond the next name";
  EXPECT_EQ(proof.nxdomain("ml.example.org."), kNotProven) << "another zone";
}

TEST(NsecProof, NameErrorNeedsTheWildcardsAbsence) {
  Proof proof("example.", kB);
  EXPECT_EQ(proof.nxdomain("ml.example."), kNotProven);
  proof.add(kApex);
  EXPECT_EQ(proof.nxdomain("ml.example."), kProven);
}

TEST(NsecProof, NameErrorUnderAnExistingWildcard) {
  Proof proof("example.", join({kWild, kXyw}));
  EXPECT_EQ(proof.nxdomain("a.z.w.example."), kNotProven);
}

TEST(NsecProof, NameErrorBehindTheLastName) {
  Proof proof("example.", join({kLast, kApex}));
  EXPECT_EQ(proof.nxdomain("zz.example."), kProven);
  EXPECT_EQ(proof.nxdomain("b.xx.example."), kProven) << "*.xx.example. is covered by the same record";
  EXPECT_EQ(Proof("example.", kLast).nxdomain("zz.example."), kNotProven);
}

TEST(NsecProof, OneRecordMayProveBoth) {
  Proof proof("example.", "*.example. NSEC example. A RRSIG NSEC\n");
  EXPECT_EQ(proof.nxdomain("a.example."), kNotProven) << "the wildcard exists";
  Proof lonely("example.", "example. NSEC example. NS SOA RRSIG NSEC DNSKEY\n");
  EXPECT_EQ(lonely.nxdomain("a.example."), kProven);
  EXPECT_EQ(lonely.nxdomain("a.b.example."), kProven);
  EXPECT_EQ(lonely.nodata("example.", RRType::kA), kProven);
}

TEST(NsecProof, TheLastRecordMustLeadToTheApex) {
  Proof proof("example.", "xx.example. NSEC b.example. A RRSIG NSEC\n" + join({kApex}));
  EXPECT_EQ(proof.nxdomain("zz.example."), kNotProven);
  Proof outside("example.", "xx.example. NSEC zz.exampld. A RRSIG NSEC\n" + join({kApex}));
  EXPECT_EQ(outside.nxdomain("zz.example."), kNotProven);
}

// RFC 4035 appendix B.3.
TEST(NsecProof, NoData) {
  Proof proof("example.", kNs1);
  EXPECT_EQ(proof.nodata("ns1.example.", RRType::kMX), kProven);
  EXPECT_EQ(proof.nodata("ns1.example.", RRType::kDS), kProven);
  EXPECT_EQ(proof.nodata("ns1.example.", RRType::kA), kNotProven);
  EXPECT_EQ(proof.nodata("ns2.example.", RRType::kMX), kNotProven);
}

TEST(NsecProof, NoDataButAnAlias) {
  Proof proof("example.", "www.example. NSEC xx.example. CNAME RRSIG NSEC\n");
  EXPECT_EQ(proof.nodata("www.example.", RRType::kA), kNotProven);
  EXPECT_EQ(proof.nodata("www.example.", RRType::kDS), kNotProven);
}

TEST(NsecProof, NoDataAtAnEmptyNonTerminal) {
  Proof proof("example.", join({kNs2}));
  EXPECT_EQ(proof.nodata("w.example.", RRType::kA), kProven);
  EXPECT_EQ(proof.nodata("v.example.", RRType::kA), kNotProven);
  EXPECT_EQ(proof.nxdomain("w.example."), kNotProven);
  EXPECT_EQ(proof.no_ds("w.example."), DsAbsence::kNoDelegation);
}

// RFC 6840 section 4.1 and 4.4: each side of a zone cut speaks for its own types.
TEST(NsecProof, TheTwoSidesOfAZoneCut) {
  Proof parent("example.", kB);
  EXPECT_EQ(parent.nodata("b.example.", RRType::kA), kNotProven);
  EXPECT_EQ(parent.nodata("b.example.", RRType::kSOA), kNotProven);
  EXPECT_EQ(parent.nodata("b.example.", RRType::kDS), kProven);
  EXPECT_EQ(parent.no_ds("b.example."), DsAbsence::kInsecureDelegation);
  EXPECT_EQ(parent.no_ds("c.b.example."), DsAbsence::kNotProven) << "not the zone's to say";
  Proof child("b.example.", "b.example. NSEC www.b.example. NS SOA RRSIG NSEC DNSKEY\n");
  EXPECT_EQ(child.nodata("b.example.", RRType::kA), kProven);
  EXPECT_EQ(child.nodata("b.example.", RRType::kDS), kNotProven);
  EXPECT_EQ(child.no_ds("b.example."), DsAbsence::kNotProven);
  Proof root(".", ". NSEC aaa. NS SOA RRSIG NSEC DNSKEY\n");
  EXPECT_EQ(root.nodata(".", RRType::kDS), kProven);
}

TEST(NsecProof, BelowADname) {
  Proof proof("example.", "d.example. NSEC e.example. DNAME RRSIG NSEC\n" + join({kApex}));
  EXPECT_EQ(proof.nxdomain("x.d.example."), kNotProven);
  EXPECT_EQ(proof.nodata("x.d.example.", RRType::kA), kNotProven);
  EXPECT_EQ(proof.nxdomain("dd.example."), kProven);
}

// RFC 4035 appendix B.5 and B.4.
TEST(NsecProof, Delegations) {
  EXPECT_EQ(Proof("example.", kB).no_ds("b.example."), DsAbsence::kInsecureDelegation);
  EXPECT_EQ(Proof("example.", kA).no_ds("a.example."), DsAbsence::kNotProven) << "there is a DS RRset";
  EXPECT_EQ(Proof("example.", kNs1).no_ds("ns1.example."), DsAbsence::kNoDelegation);
  EXPECT_EQ(Proof("example.", kB).no_ds("ml.example."), DsAbsence::kNoDelegation);
  EXPECT_EQ(Proof("example.", kB).no_ds("zz.example."), DsAbsence::kNotProven);
}

// RFC 4035 appendix B.6.
TEST(NsecProof, WildcardAnswer) {
  Proof proof("example.", kXyw);
  EXPECT_EQ(proof.wildcard_answer("a.z.w.example.", 2), kProven);
  EXPECT_EQ(proof.wildcard_answer("a.z.w.example.", 1), kNotProven) << "*.example. is too far up: w.example. exists";
  EXPECT_EQ(proof.wildcard_answer("a.z.w.example.", 4), kNotProven);
  EXPECT_EQ(proof.wildcard_answer("y.w.example.", 2), kNotProven) << "an empty non-terminal";
  EXPECT_EQ(Proof("example.", kB).wildcard_answer("a.z.w.example.", 2), kNotProven);
}

// RFC 4035 appendix B.7.
TEST(NsecProof, WildcardNoData) {
  Proof proof("example.", join({kXyw, kWild}));
  EXPECT_EQ(proof.nodata("a.z.w.example.", RRType::kAAAA), kProven);
  EXPECT_EQ(proof.nodata("a.z.w.example.", RRType::kMX), kNotProven);
  EXPECT_EQ(Proof("example.", kXyw).nodata("a.z.w.example.", RRType::kAAAA), kNotProven);
  EXPECT_EQ(Proof("example.", kWild).nodata("a.z.w.example.", RRType::kAAAA), kNotProven);
}

// A signature that was made for "*" says nothing of where a record was put (CVE-2017-15105).
TEST(NsecProof, RecordsFromWildcardsOrUnverifiedAreNoProof) {
  SignatureVerdict expanded = kSecure;
  expanded.wildcard = true;
  EXPECT_EQ(Proof("example.", kNs1, expanded).nodata("ns1.example.", RRType::kMX), kNotProven);
  EXPECT_TRUE(Proof("example.", kNs1, expanded).check.empty());
  EXPECT_EQ(Proof("example.", kNs1, {.status = SignatureStatus::kExpired}).nodata("ns1.example.", RRType::kMX), kNotProven);
  EXPECT_EQ(Proof("other.", kNs1).nodata("ns1.example.", RRType::kMX), kNotProven);
}

TEST(NsecRecords, MalformedOnesAreNone) {
  RRset good = testing::parse_rrset(kNs1);
  EXPECT_TRUE(Nsec::from(good));
  RRset twice = good;
  twice.rdata.add(good.rdata.front());
  EXPECT_FALSE(Nsec::from(twice));
  const std::vector<std::uint8_t> rdata(good.rdata.front().begin(), good.rdata.front().end());
  for (std::size_t size = 0; size < rdata.size(); ++size) {
    RRset cut = good;
    cut.rdata.clear();
    cut.rdata.add(std::span(rdata).first(size));
    if (size == name("ns2.example.").size()) continue;  // no types at all: well-formed
    EXPECT_FALSE(Nsec::from(cut)) << size;
  }
}

TEST(TypeBitmaps, Windows) {
  // RFC 4034 section 4.3.
  RRset rrset = testing::parse_rrset("alfa.example.com. NSEC host.example.com. A MX RRSIG NSEC TYPE1234");
  const Nsec nsec = *Nsec::from(rrset);
  for (RRType type : {RRType::kA, RRType::kMX, RRType::kRRSIG, RRType::kNSEC, static_cast<RRType>(1234)}) {
    EXPECT_TRUE(nsec.types.contains(type));
  }
  for (RRType type : {RRType::kNS, RRType::kCNAME, RRType::kNSEC3, static_cast<RRType>(1235), static_cast<RRType>(258),
                      static_cast<RRType>(65535), static_cast<RRType>(0)}) {
    EXPECT_FALSE(nsec.types.contains(type)) << to_string(type);
  }
  const std::vector<std::uint8_t> descending{1, 1, 0x80, 0, 1, 0x40};
  EXPECT_FALSE(TypeBitmap::from_wire(descending));
  const std::vector<std::uint8_t> empty_window{0, 0};
  EXPECT_FALSE(TypeBitmap::from_wire(empty_window));
  const std::vector<std::uint8_t> too_long(2 + 33, 33);
  EXPECT_FALSE(TypeBitmap::from_wire(too_long));
}

// The zone of RFC 5155 appendix A: opt-out, 12 iterations, salt aabbccdd.
constexpr const char* k3Apex =
    "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.example. NSEC3 1 1 12 aabbccdd 2t7b4g4vsa5smi47k61mv5bv1a22bojr MX DNSKEY NS SOA "
    "NSEC3PARAM RRSIG\n";
constexpr const char* k3Ns1 =
    "2t7b4g4vsa5smi47k61mv5bv1a22bojr.example. NSEC3 1 1 12 aabbccdd 2vptu5timamqttgl4luu9kg21e0aor3s A RRSIG\n";
constexpr const char* k3A =
    "35mthgpgcu1qg68fab165klnsnk3dpvl.example. NSEC3 1 1 12 aabbccdd b4um86eghhds6nea196smvmlo4ors995 NS DS RRSIG\n";
constexpr const char* k3Xw =
    "b4um86eghhds6nea196smvmlo4ors995.example. NSEC3 1 1 12 aabbccdd gjeqe526plbf1g8mklp59enfd789njgi MX RRSIG\n";
constexpr const char* k3Yw =
    "ji6neoaepv8b5o6k4ev33abha8ht9fgc.example. NSEC3 1 1 12 aabbccdd k8udemvp1j2f7eg6jebps17vp3n8i58h\n";
constexpr const char* k3W =
    "k8udemvp1j2f7eg6jebps17vp3n8i58h.example. NSEC3 1 1 12 aabbccdd kohar7mbb8dc2ce8a9qvl8hon4k53uhi\n";
constexpr const char* k3Ns2 =
    "q04jkcevqvmu85r014c7dkba38o0ji5r.example. NSEC3 1 1 12 aabbccdd r53bq7cc2uvmubfu5ocmm6pers9tk9en A RRSIG\n";
constexpr const char* k3Wild =
    "r53bq7cc2uvmubfu5ocmm6pers9tk9en.example. NSEC3 1 1 12 aabbccdd t644ebqk9bibcna874givr6joj62mlhv MX RRSIG\n";

// The same without the opt-out flag.
std::string closed(std::string text) {
  for (std::size_t at = 0; (at = text.find("NSEC3 1 1 ", at)) != std::string::npos;) text[at + 8] = '0';
  return text;
}

// RFC 5155 appendix A.
TEST(Nsec3Hashes, OfTheRfc) {
  const std::pair<const char*, const char*> kNames[] = {
      {"example.", "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom"},       {"a.example.", "35mthgpgcu1qg68fab165klnsnk3dpvl"},
      {"ai.example.", "gjeqe526plbf1g8mklp59enfd789njgi"},    {"ns1.example.", "2t7b4g4vsa5smi47k61mv5bv1a22bojr"},
      {"ns2.example.", "q04jkcevqvmu85r014c7dkba38o0ji5r"},   {"W.example.", "k8udemvp1j2f7eg6jebps17vp3n8i58h"},
      {"*.w.example.", "r53bq7cc2uvmubfu5ocmm6pers9tk9en"},   {"x.w.example.", "b4um86eghhds6nea196smvmlo4ors995"},
      {"y.w.EXAMPLE.", "ji6neoaepv8b5o6k4ev33abha8ht9fgc"},   {"x.y.w.example.", "2vptu5timamqttgl4luu9kg21e0aor3s"},
      {"xx.example.", "t644ebqk9bibcna874givr6joj62mlhv"},
  };
  const std::uint8_t salt[] = {0xaa, 0xbb, 0xcc, 0xdd};
  const Nsec3Scheme scheme{.algorithm = 1, .iterations = 12, .salt = salt};
  Nsec3Hasher hasher;
  WorkBudget budget;
  for (int round = 0; round < 2; ++round) {
    for (const auto& [text, label] : kNames) {
      const auto hash = hasher.hash(name(text), scheme, budget);
      ASSERT_TRUE(hash);
      EXPECT_EQ(nsec3_owner(*hash, name("example."))->to_string(), std::string(label) + ".example.");
      EXPECT_EQ(nsec3_hash_of_owner(name(std::string(label) + ".example.")), hash);
    }
    EXPECT_EQ(budget.nsec3_rounds, kMaxNsec3Rounds - 11 * 13) << "each name is hashed once";
  }
}

TEST(Nsec3Hashes, TheBudgetEnds) {
  Nsec3Hasher hasher;
  WorkBudget budget;
  budget.nsec3_rounds = 20;
  const Nsec3Scheme scheme{.algorithm = 1, .iterations = 9, .salt = {}};
  EXPECT_TRUE(hasher.hash(name("a."), scheme, budget));
  EXPECT_TRUE(hasher.hash(name("b."), scheme, budget));
  EXPECT_TRUE(hasher.hash(name("a."), scheme, budget)) << "remembered";
  EXPECT_FALSE(hasher.hash(name("c."), scheme, budget));
}

// RFC 5155 appendix B.1.
TEST(Nsec3Proof, NameError) {
  Proof proof("example.", join({k3Apex, k3Xw, k3A}));
  EXPECT_EQ(proof.nxdomain("a.c.x.w.example."), kInsecure) << "the next closer name is in an opted-out range";
  Proof strict("example.", closed(join({k3Apex, k3Xw, k3A})));
  EXPECT_EQ(strict.nxdomain("a.c.x.w.example."), kProven);
  EXPECT_EQ(strict.nodata("a.c.x.w.example.", RRType::kA), kNotProven);
  EXPECT_EQ(strict.nxdomain("x.w.example."), kNotProven) << "it exists";
  EXPECT_EQ(strict.nxdomain("a.c.x.w.example.org."), kNotProven);
  EXPECT_EQ(Proof("example.", closed(join({k3Xw, k3A}))).nxdomain("a.c.x.w.example."), kNotProven) << "no next closer";
  EXPECT_EQ(Proof("example.", closed(join({k3Apex, k3A}))).nxdomain("a.c.x.w.example."), kNotProven)
      << "the apex matches, but x.w.example. is not the next closer name then";
  EXPECT_EQ(Proof("example.", closed(join({k3Apex, k3Xw}))).nxdomain("a.c.x.w.example."), kNotProven) << "no wildcard";
}

// RFC 5155 appendix B.2 and B.2.1.
TEST(Nsec3Proof, NoData) {
  EXPECT_EQ(Proof("example.", k3Ns1).nodata("ns1.example.", RRType::kMX), kProven);
  EXPECT_EQ(Proof("example.", k3Ns1).nodata("ns1.example.", RRType::kA), kNotProven);
  EXPECT_EQ(Proof("example.", k3Ns1).nodata("ns2.example.", RRType::kMX), kNotProven);
  EXPECT_EQ(Proof("example.", k3Yw).nodata("y.w.example.", RRType::kA), kProven);
  EXPECT_EQ(Proof("example.", k3A).nodata("a.example.", RRType::kA), kNotProven) << "the parent's side of a zone cut";
  EXPECT_EQ(Proof("example.", k3Apex).nodata("example.", RRType::kDS), kNotProven) << "the child's side";
}

// RFC 5155 appendix B.3.
TEST(Nsec3Proof, OptOutDelegation) {
  Proof proof("example.", join({k3A, k3Apex}));
  EXPECT_EQ(proof.no_ds("c.example."), DsAbsence::kInsecureDelegation);
  EXPECT_EQ(proof.nodata("c.example.", RRType::kDS), kInsecure);
  EXPECT_TRUE(proof.check.no_ds(name("c.example."), proof.budget).opt_out);
  Proof strict("example.", closed(join({k3A, k3Apex})));
  EXPECT_EQ(strict.no_ds("c.example."), DsAbsence::kNoDelegation);
  EXPECT_EQ(strict.no_ds("a.example."), DsAbsence::kNotProven) << "there is a DS RRset";
  EXPECT_EQ(Proof("example.", k3A).no_ds("c.example."), DsAbsence::kNotProven) << "no closest encloser";
  EXPECT_EQ(Proof("example.", k3Apex).no_ds("example."), DsAbsence::kNotProven) << "the child's side";
}

// RFC 5155 appendix B.4.
TEST(Nsec3Proof, WildcardAnswer) {
  EXPECT_EQ(Proof("example.", k3Ns2).wildcard_answer("a.z.w.example.", 2), kInsecure);
  EXPECT_EQ(Proof("example.", closed(k3Ns2)).wildcard_answer("a.z.w.example.", 2), kProven);
  EXPECT_EQ(Proof("example.", closed(k3Ns1)).wildcard_answer("a.z.w.example.", 2), kNotProven);
}

// RFC 5155 appendix B.5.
TEST(Nsec3Proof, WildcardNoData) {
  Proof proof("example.", closed(join({k3W, k3Ns2, k3Wild})));
  EXPECT_EQ(proof.nodata("a.z.w.example.", RRType::kAAAA), kProven);
  EXPECT_EQ(proof.nodata("a.z.w.example.", RRType::kMX), kNotProven);
  EXPECT_EQ(Proof("example.", closed(join({k3W, k3Ns2}))).nodata("a.z.w.example.", RRType::kAAAA), kNotProven);
  EXPECT_EQ(Proof("example.", closed(join({k3Ns2, k3Wild}))).nodata("a.z.w.example.", RRType::kAAAA), kNotProven);
}

// RFC 5155 section 8.3: an encloser at a zone cut is the parent's.
TEST(Nsec3Proof, TheEncloserMustNotBeAZoneCut) {
  // Hashes of w.example.; the record of x.w.example. covers c.x.w.example. in no order; so make one that covers all.
  const std::string cut = "k8udemvp1j2f7eg6jebps17vp3n8i58h.example. NSEC3 1 0 12 aabbccdd k8udemvp1j2f7eg6jebps17vp3n8i58h ";
  EXPECT_EQ(Proof("example.", cut + "NS RRSIG\n").nxdomain("a.w.example."), kNotProven);
  EXPECT_EQ(Proof("example.", cut + "DNAME RRSIG\n").nxdomain("a.w.example."), kNotProven);
  EXPECT_EQ(Proof("example.", cut + "A RRSIG\n").nxdomain("a.w.example."), kProven);
  EXPECT_EQ(Proof("example.", cut + "NS SOA RRSIG\n").nxdomain("a.w.example."), kProven);
}

TEST(Nsec3Proof, RecordsOfNoUse) {
  const std::string record = closed(k3Ns1);
  const auto with = [&](const char* from, const char* to) {
    std::string changed = record;
    return changed.replace(changed.find(from), std::string_view(from).size(), to);
  };
  EXPECT_EQ(Proof("example.", record).nodata("ns1.example.", RRType::kMX), kProven);
  EXPECT_EQ(Proof("example.", with("NSEC3 1 0", "NSEC3 2 0")).nodata("ns1.example.", RRType::kMX), kNotProven);
  EXPECT_EQ(Proof("example.", with("NSEC3 1 0", "NSEC3 1 2")).nodata("ns1.example.", RRType::kMX), kNotProven);
  EXPECT_EQ(Proof("example.", with(".example. NSEC3", ".sub.example. NSEC3")).nodata("ns1.example.", RRType::kMX), kNotProven);
  EXPECT_EQ(Proof("example.", with("2t7b4g4v", "2t7z4g4v")).nodata("ns1.example.", RRType::kMX), kNotProven);
  EXPECT_EQ(Proof("example.", with("aabbccdd", "aabbccde")).nodata("ns1.example.", RRType::kMX), kNotProven);
  SignatureVerdict expanded = kSecure;
  expanded.wildcard = true;
  EXPECT_EQ(Proof("example.", record, expanded).nodata("ns1.example.", RRType::kMX), kNotProven);
}

// RFC 9276 section 3.2.
TEST(Nsec3Proof, TooManyIterations) {
  std::string many = closed(k3Ns1);
  many.replace(many.find(" 12 "), 4, " 51 ");
  Proof proof("example.", many);
  EXPECT_FALSE(proof.check.empty());
  const DenialVerdict verdict = proof.check.nxdomain(name("a.example."), proof.budget);
  EXPECT_EQ(verdict.status, kInsecure);
  EXPECT_EQ(verdict.error, ExtendedError::kUnsupportedNsec3Iterations);
  const DsVerdict ds = proof.check.no_ds(name("a.example."), proof.budget);
  EXPECT_EQ(ds.absence, DsAbsence::kInsecureDelegation);
  EXPECT_EQ(ds.error, ExtendedError::kUnsupportedNsec3Iterations);
  EXPECT_EQ(proof.budget.nsec3_rounds, kMaxNsec3Rounds) << "nothing was hashed";
  EXPECT_EQ(Proof("example.", many, {.status = SignatureStatus::kBadSignature}).nxdomain("a.example."), kNotProven);
}

// CVE-2023-50868: the deepest name costs a bounded number of hashes.
TEST(Nsec3Proof, WorkIsBounded) {
  std::string deep;
  for (int i = 0; i < 120; ++i) deep += "a.";
  std::string costly = closed(k3W);
  costly.replace(costly.find(" 12 "), 4, " 50 ");
  Proof proof("example.", costly);
  EXPECT_EQ(proof.nxdomain(deep + "example."), kNotProven);
  const std::uint32_t left = proof.budget.nsec3_rounds;
  EXPECT_EQ(proof.nxdomain("b." + deep + "example."), kNotProven);
  EXPECT_EQ(left - proof.budget.nsec3_rounds, std::min(left, 57U * 51U)) << "64 of 121 names are remembered";
}

TEST(NsecRelations, ForAggressiveUse) {
  RRset rrset = testing::parse_rrset(kNs2);
  const Nsec nsec = *Nsec::from(rrset);
  const Name zone = name("example.");
  EXPECT_EQ(nsec.relation(name("ns2.example."), zone), NsecRelation::kMatches);
  EXPECT_EQ(nsec.relation(name("w.example."), zone), NsecRelation::kEmptyNonTerminal);
  EXPECT_EQ(nsec.relation(name("ns3.example."), zone), NsecRelation::kCovers);
  EXPECT_EQ(nsec.relation(name("x.ns2.example."), zone), NsecRelation::kCovers);
  EXPECT_EQ(nsec.relation(name("ns1.example."), zone), NsecRelation::kNothing);
  EXPECT_EQ(nsec.relation(name("*.w.example."), zone), NsecRelation::kNothing);
  EXPECT_EQ(nsec.relation(name("!.w.example."), zone), NsecRelation::kCovers);
  EXPECT_EQ(nsec.closest_encloser_labels(name("ns3.example.")), 1U);
  EXPECT_EQ(nsec.closest_encloser_labels(name("a.b.ns2.example.")), 2U);
  EXPECT_EQ(nsec.closest_encloser_labels(name("a.!.w.example.")), 2U);
}

}  // namespace
}  // namespace dotmesh
