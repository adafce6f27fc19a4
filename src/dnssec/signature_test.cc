#include "dnssec/signature.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>

#include "dnssec/keyset.h"
#include "dnssec/testing.h"

namespace dotmesh {
namespace {

using testing::name;
using testing::parse_rrset;
using testing::TestSigner;

constexpr std::uint32_t kNow = 1'700'000'000;
constexpr std::uint32_t kDay = 86'400;

RRset keys_of(std::initializer_list<const TestSigner*> signers) {
  RRset keys{.owner = (*signers.begin())->zone(), .type = RRType::kDNSKEY, .ttl = 3600, .rdata = {}, .signatures = {}};
  for (const TestSigner* signer : signers) keys.rdata.add(signer->dnskey());
  return keys;
}

// A signer's key with other octets in front of the public key.
std::vector<std::uint8_t> changed_key(const TestSigner& signer, std::size_t at, std::uint8_t value) {
  std::vector<std::uint8_t> rdata = signer.dnskey();
  rdata.at(at) = value;
  return rdata;
}

class Signatures : public ::testing::Test {
 protected:
  SignatureVerdict verify(const RRset& rrset, const RRset& keys, std::int64_t now = kNow) {
    budget_ = {};
    return verify_rrset(rrset, keys, now, cache_, budget_);
  }
  SignatureStatus status(const RRset& rrset, const RRset& keys, std::int64_t now = kNow) {
    return verify(rrset, keys, now).status;
  }
  RRset signed_address() {
    RRset rrset = parse_rrset("www.example. 600 A 192.0.2.1\nwww.example. 600 A 192.0.2.2");
    signer_.sign(rrset, kNow - kDay, kNow + kDay);
    return rrset;
  }

  TestSigner signer_{"example.", 1};
  RRset keys_ = keys_of({&signer_});
  KeyCache cache_;
  WorkBudget budget_;
};

TEST_F(Signatures, OrderCaseAndDuplicatesDoNotMatter) {
  RRset rrset = signed_address();
  RRset received = parse_rrset("WWW.Example. 5 A 192.0.2.2");
  received.signatures = rrset.signatures;
  received.rdata.add(std::vector<std::uint8_t>{192, 0, 2, 1});
  received.rdata.add(std::vector<std::uint8_t>{192, 0, 2, 2});
  EXPECT_EQ(status(received, keys_), SignatureStatus::kSecure);
  received.rdata.add(std::vector<std::uint8_t>{192, 0, 2, 3});
  EXPECT_EQ(status(received, keys_), SignatureStatus::kBadSignature);
}

// RFC 4034 section 6.2, RFC 6840 section 5.1.
TEST_F(Signatures, NamesInRdataAreLoweredWhereTheyMustBe) {
  const std::pair<const char*, const char*> kSame[] = {
      {"example. 60 SOA ns.example. host.example. 1 2 3 4 5", "example. 60 SOA NS.example. HOST.example. 1 2 3 4 5"},
      {"a.example. 60 MX 5 mx.example.", "a.example. 60 MX 5 MX.example."},
      {"a.example. 60 SRV 1 2 3 t.example.", "a.example. 60 SRV 1 2 3 T.example."},
      {"a.example. 60 NAPTR 1 2 \"S\" \"sip\" \"\" t.example.", "a.example. 60 NAPTR 1 2 \"S\" \"sip\" \"\" T.example."},
      {"a.example. 60 DNAME b.example.", "a.example. 60 DNAME B.example."},
  };
  const std::pair<const char*, const char*> kDifferent[] = {
      {"a.example. 60 NSEC b.example. A", "a.example. 60 NSEC B.example. A"},
      {"a.example. 60 SVCB 1 svc.example.", "a.example. 60 SVCB 1 SVC.example."},
      {"a.example. 60 TXT \"a\"", "a.example. 60 TXT \"A\""},
  };
  for (const auto& [sent, received] : kSame) {
    RRset rrset = parse_rrset(sent);
    signer_.sign(rrset, kNow - 1, kNow + 1);
    RRset other = parse_rrset(received);
    other.signatures = rrset.signatures;
    EXPECT_EQ(status(other, keys_), SignatureStatus::kSecure) << received;
  }
  for (const auto& [sent, received] : kDifferent) {
    RRset rrset = parse_rrset(sent);
    signer_.sign(rrset, kNow - 1, kNow + 1);
    EXPECT_EQ(status(rrset, keys_), SignatureStatus::kSecure) << sent;
    RRset other = parse_rrset(received);
    other.signatures = rrset.signatures;
    EXPECT_EQ(status(other, keys_), SignatureStatus::kBadSignature) << received;
  }
}

TEST_F(Signatures, ValidityPeriod) {
  const RRset rrset = signed_address();
  EXPECT_EQ(status(rrset, keys_, kNow + kDay), SignatureStatus::kSecure);
  EXPECT_EQ(status(rrset, keys_, kNow + kDay + 1), SignatureStatus::kExpired);
  EXPECT_EQ(status(rrset, keys_, kNow - kDay), SignatureStatus::kSecure);
  EXPECT_EQ(status(rrset, keys_, kNow - kDay - kInceptionSkew), SignatureStatus::kSecure);
  EXPECT_EQ(status(rrset, keys_, kNow - kDay - kInceptionSkew - 1), SignatureStatus::kNotYetValid);
  RRset twisted = parse_rrset("www.example. 600 A 192.0.2.1");
  signer_.sign(twisted, kNow + 1, kNow - 1);
  EXPECT_EQ(status(twisted, keys_), SignatureStatus::kExpiredBeforeValid);
  EXPECT_EQ(extended_error(SignatureStatus::kExpiredBeforeValid), ExtendedError::kSignatureExpiredBeforeValid);
}

// RFC 4034 section 3.1.5: 32 bits that wrap in 2106.
TEST_F(Signatures, ValidityPeriodWraps) {
  RRset rrset = parse_rrset("www.example. 600 A 192.0.2.1");
  const std::int64_t now = (std::int64_t{1} << 32) - 10;
  signer_.sign(rrset, static_cast<std::uint32_t>(now - 100), static_cast<std::uint32_t>(now + 100));
  EXPECT_EQ(verify(rrset, keys_, now).ttl, 100U);
  EXPECT_EQ(verify(rrset, keys_, now + 60).ttl, 40U);
  EXPECT_EQ(status(rrset, keys_, now + 101), SignatureStatus::kExpired);
}

TEST_F(Signatures, TtlIsCapped) {
  RRset rrset = signed_address();
  EXPECT_EQ(verify(rrset, keys_).ttl, 600U);
  EXPECT_EQ(verify(rrset, keys_, kNow + kDay - 5).ttl, 5U);
  rrset.ttl = 100'000;  // not signed; the original TTL is
  const SignatureVerdict verdict = verify(rrset, keys_);
  EXPECT_EQ(verdict.ttl, 600U);
  cap_ttl(rrset, verdict);
  EXPECT_EQ(rrset.ttl, 600U);
  rrset.ttl = 7;
  EXPECT_EQ(verify(rrset, keys_).ttl, 7U);
}

// Others may have added signatures, with labels and signers as they like.
TEST_F(Signatures, TheGoodSignatureComesFirst) {
  RRset rrset = signed_address();
  const std::vector<std::uint8_t> good(rrset.signatures.front().begin(), rrset.signatures.front().end());
  std::vector<std::uint8_t> other = good;
  other[3] = 1;
  TestSigner root(".", 5);
  RRset by_root = rrset;
  by_root.signatures.clear();
  root.sign(by_root, kNow - 1, kNow + 1);
  rrset.signatures.clear();
  rrset.signatures.add(other);
  rrset.signatures.add(by_root.signatures.front());
  rrset.signatures.add(good);
  const SignatureVerdict verdict = verify(rrset, keys_);
  ASSERT_TRUE(verdict.secure());
  EXPECT_EQ(verdict.signature, 2);
  EXPECT_EQ(verdict.labels, 2);
  cap_ttl(rrset, verdict);
  EXPECT_TRUE(std::ranges::equal(rrset.signatures.front(), good));
  EXPECT_EQ(rrset.signatures.count(), 3U);
  EXPECT_TRUE(rrset.signatures.contains(other));
  EXPECT_TRUE(rrset.signatures.contains(by_root.signatures.front()));
  EXPECT_EQ(signer_name(rrset)->to_string(), "example.");
  EXPECT_EQ(verify(rrset, keys_).signature, 0);
}

TEST_F(Signatures, LabelsTellOfWildcards) {
  RRset wildcard = parse_rrset("*.example. 60 A 192.0.2.9");
  signer_.sign(wildcard, kNow - 1, kNow + 1);
  SignatureVerdict verdict = verify(wildcard, keys_);
  EXPECT_TRUE(verdict.secure());
  EXPECT_FALSE(verdict.wildcard) << "asked for by its own name";
  RRset expanded = wildcard;
  expanded.owner = name("a.b.example.");
  verdict = verify(expanded, keys_);
  EXPECT_TRUE(verdict.secure());
  EXPECT_TRUE(verdict.wildcard);
  EXPECT_EQ(verdict.labels, 1);
  expanded.owner = name("*.b.example.");
  EXPECT_TRUE(verify(expanded, keys_).wildcard);
  expanded.owner = name("example.");
  EXPECT_EQ(status(expanded, keys_), SignatureStatus::kBadSignature) << "the wildcard is not its own parent";
}

TEST_F(Signatures, LabelsMustFitOwnerAndZone) {
  RRset rrset = signed_address();
  std::vector<std::uint8_t> signature(rrset.signatures.front().begin(), rrset.signatures.front().end());
  signature[3] = 3;
  rrset.signatures.clear();
  rrset.signatures.add(signature);
  EXPECT_EQ(status(rrset, keys_), SignatureStatus::kMalformed) << "more labels than the owner";
  // Signed by the zone "a.b." as if it were the wildcard "*.b.".
  TestSigner deep("a.b.", 2);
  RRset above = parse_rrset("x.a.b. 60 A 192.0.2.1");
  deep.sign(above, kNow - 1, kNow + 1, 1);
  EXPECT_EQ(status(above, keys_of({&deep})), SignatureStatus::kMalformed);
}

TEST_F(Signatures, OtherSignersDoNotCount) {
  TestSigner other("other.", 1);
  RRset rrset = signed_address();
  EXPECT_EQ(status(rrset, keys_of({&other})), SignatureStatus::kNoSignature) << "not even in that zone";
  TestSigner parent(".", 3);
  EXPECT_EQ(status(rrset, keys_of({&parent})), SignatureStatus::kWrongSigner);
  parent.sign(rrset, kNow - 1, kNow + 1);
  EXPECT_EQ(status(rrset, keys_of({&parent})), SignatureStatus::kSecure);
  EXPECT_EQ(status(rrset, keys_), SignatureStatus::kSecure);
  EXPECT_EQ(signer_name(rrset)->to_string(), "example.");
}

TEST_F(Signatures, EachSignerIsNamedOnceAndNotTooMany) {
  RRset rrset = parse_rrset("a.b.c.d.example. 60 A 192.0.2.1");
  EXPECT_TRUE(signer_names(rrset).empty());
  for (const char* zone : {"d.example.", "d.example.", "other.", "x.a.b.c.d.example.", "example.", "b.c.d.example.", "."}) {
    TestSigner(zone, 1).sign(rrset, kNow - 1, kNow + 1);
  }
  std::vector<std::string> names;
  for (NameView signer : signer_names(rrset)) names.push_back(signer.to_string());
  EXPECT_EQ(names, (std::vector<std::string>{"d.example.", "example.", "b.c.d.example."}));
}

// Who owns a name says nothing of its DS records.
TEST_F(Signatures, AZoneCannotSignItsOwnDs) {
  RRset ds = parse_rrset("example. 60 DS 1 15 2 " + std::string(64, '0'));
  signer_.sign(ds, kNow - 1, kNow + 1);
  EXPECT_EQ(status(ds, keys_), SignatureStatus::kWrongSigner);
  EXPECT_FALSE(signer_name(ds));
  TestSigner root(".", 3);
  root.sign(ds, kNow - 1, kNow + 1);
  EXPECT_EQ(status(ds, keys_of({&root})), SignatureStatus::kSecure);
  EXPECT_EQ(signer_name(ds)->to_string(), ".");
}

TEST_F(Signatures, KeysThatMustNotBeUsed) {
  const struct {
    std::size_t at;
    std::uint8_t value;
    SignatureStatus expected;
  } kCases[] = {
      {0, 0, SignatureStatus::kNoZoneKeyBit},
      {1, 0x81, SignatureStatus::kKeyUnusable},  // revoked
      {2, 2, SignatureStatus::kKeyUnusable},     // protocol
  };
  for (const auto& c : kCases) {
    const std::vector<std::uint8_t> rdata = changed_key(signer_, c.at, c.value);
    RRset keys = keys_;
    keys.rdata.clear();
    keys.rdata.add(rdata);
    RRset rrset = signed_address();
    // With the tag that the key has now.
    std::vector<std::uint8_t> signature(rrset.signatures.front().begin(), rrset.signatures.front().end());
    store16(&signature[16], Dnskey::from_rdata(rdata)->key_tag());
    rrset.signatures.clear();
    rrset.signatures.add(signature);
    EXPECT_EQ(status(rrset, keys), c.expected) << c.at;
    EXPECT_EQ(budget_.signature_checks, kMaxSignatureChecks) << "no cryptography for these";
  }
}

TEST_F(Signatures, CausesAreTold) {
  RRset rrset = signed_address();
  TestSigner stranger("example.", 9);
  EXPECT_EQ(status(rrset, keys_of({&stranger})), SignatureStatus::kKeyMissing);
  EXPECT_EQ(extended_error(SignatureStatus::kKeyMissing), ExtendedError::kDnskeyMissing);
  RRset bare = rrset;
  bare.signatures.clear();
  EXPECT_EQ(status(bare, keys_), SignatureStatus::kNoSignature);
  EXPECT_EQ(extended_error(SignatureStatus::kNoSignature), ExtendedError::kRrsigsMissing);
  std::vector<std::uint8_t> signature(rrset.signatures.front().begin(), rrset.signatures.front().end());
  signature[2] = 200;
  bare.signatures.add(signature);
  EXPECT_EQ(status(bare, keys_), SignatureStatus::kUnsupportedAlgorithm);
  bare.signatures.add(std::vector<std::uint8_t>(5));
  EXPECT_EQ(status(bare, keys_), SignatureStatus::kUnsupportedAlgorithm) << "tells more than \"malformed\"";
}

TEST_F(Signatures, GoodOnesAreRemembered) {
  RRset wildcard = parse_rrset("*.example. 60 A 192.0.2.9");
  signer_.sign(wildcard, kNow - kDay, kNow + kDay);
  EXPECT_TRUE(verify(wildcard, keys_).secure());
  EXPECT_EQ(budget_.signature_checks, kMaxSignatureChecks - 1);
  RRset made = wildcard;
  made.owner = name("Some.Name.example.");
  EXPECT_TRUE(verify(made, keys_).wildcard);
  EXPECT_EQ(budget_.signature_checks, kMaxSignatureChecks) << "the same octets were signed";
  // All else is looked at as ever.
  EXPECT_EQ(status(made, keys_, kNow + 2 * kDay), SignatureStatus::kExpired);
  TestSigner stranger("example.", 9);
  EXPECT_EQ(status(made, keys_of({&stranger})), SignatureStatus::kKeyMissing);
  made.rdata.add(std::vector<std::uint8_t>{192, 0, 2, 10});
  EXPECT_EQ(status(made, keys_), SignatureStatus::kBadSignature);
  EXPECT_EQ(status(made, keys_), SignatureStatus::kBadSignature) << "bad ones are not";
  EXPECT_EQ(budget_.signature_checks, kMaxSignatureChecks - 1);
}

// KeyTrap (CVE-2023-50387): many keys of one tag, many signatures.
TEST_F(Signatures, TriesOfOneRRsetAreBounded) {
  RRset rrset = parse_rrset("www.example. 600 A 192.0.2.1");
  signer_.sign(rrset, kNow - 1, kNow + 1);
  std::vector<std::uint8_t> bad(rrset.signatures.front().begin(), rrset.signatures.front().end());
  rrset.signatures.clear();
  for (std::uint8_t i = 0; i < 100; ++i) {
    bad.back() = i;
    bad[40] = 1;
    rrset.signatures.add(bad);
  }
  EXPECT_EQ(status(rrset, keys_), SignatureStatus::kTooMuchWork);
  EXPECT_EQ(budget_.signature_checks, kMaxSignatureChecks - kMaxChecksPerRRset);
  EXPECT_EQ(budget_.failed_checks, kMaxFailedChecks - kMaxChecksPerRRset);
  // A question of many such RRsets ends after two.
  WorkBudget shared;
  for (int i = 0; i < 10; ++i) verify_rrset(rrset, keys_, kNow, cache_, shared);
  EXPECT_EQ(shared.failed_checks, 0U);
  EXPECT_EQ(shared.signature_checks, kMaxSignatureChecks - kMaxFailedChecks);
}

TEST_F(Signatures, KeysOfOneTagAreBounded) {
  RRset rrset = signed_address();
  RRset keys = keys_;
  keys.rdata.clear();
  // Swapping octets two places apart keeps the tag and changes the key.
  for (std::size_t i = 0; i < 20; ++i) {
    std::vector<std::uint8_t> rdata = signer_.dnskey();
    std::swap(rdata[4 + i], rdata[6 + i]);
    keys.rdata.add(rdata);
    ASSERT_EQ(Dnskey::from_rdata(rdata)->key_tag(), signer_.key_tag());
  }
  keys.rdata.add(signer_.dnskey());
  EXPECT_NE(status(rrset, keys), SignatureStatus::kSecure);
  EXPECT_EQ(budget_.failed_checks, kMaxFailedChecks - kMaxKeysPerTag);
}

double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

// KeyTrap without cryptography: as many signatures and as long keys as a message holds, and no tag
// that fits. What is done for each key is not done again for each signature.
TEST_F(Signatures, LongKeysAreReadOnce) {
  RRset keys = keys_;
  keys.rdata.clear();
  for (std::uint8_t i = 0; i < kMaxKeysPerZone; ++i) {
    std::vector<std::uint8_t> rdata(1000, i);
    std::ranges::copy(std::vector<std::uint8_t>{1, 0, 3, 15, 255, 255}, rdata.begin());
    keys.rdata.add(rdata);
  }
  RRset rrset = signed_address();
  std::vector<std::uint8_t> signature(rrset.signatures.front().begin(),
                                      rrset.signatures.front().end());
  rrset.signatures.clear();
  const std::vector<Dnskey> parsed = parse_keys(keys);
  for (std::uint16_t tag = 0; tag < 1000; ++tag) {
    if (std::ranges::find(parsed, tag, &Dnskey::key_tag) != parsed.end()) continue;
    store16(&signature[16], tag);
    rrset.signatures.add(signature);
  }
  constexpr int kReadings = 200;
  const double begin = cpu_seconds();
  std::size_t sum = 0;
  for (int i = 0; i < kReadings; ++i) sum += parse_keys(keys).back().key_tag();
  const double middle = cpu_seconds();
  EXPECT_EQ(status(rrset, keys), SignatureStatus::kKeyMissing);
  EXPECT_LT(cpu_seconds() - middle, middle - begin) << "of " << kReadings << " readings, " << sum;
  EXPECT_EQ(budget_.signature_checks, kMaxSignatureChecks);
}

// CVE-2025-8677: keys that cannot be read.
TEST_F(Signatures, UnreadableKeysCostAsWell) {
  RRset rrset = signed_address();
  std::vector<std::uint8_t> signature(rrset.signatures.front().begin(), rrset.signatures.front().end());
  rrset.signatures.clear();
  RRset keys = keys_;
  keys.rdata.clear();
  for (std::uint8_t i = 0; i < 60; ++i) {
    const std::vector<std::uint8_t> rdata{1, 0, 3, 13, i};
    keys.rdata.add(rdata);
    signature[2] = 13;
    store16(&signature[16], Dnskey::from_rdata(rdata)->key_tag());
    rrset.signatures.add(signature);
  }
  EXPECT_EQ(status(rrset, keys), SignatureStatus::kTooMuchWork);
  EXPECT_EQ(budget_.failed_checks, kMaxFailedChecks - kMaxChecksPerRRset);
}

TEST(PublicKeys, OnlySaneOnesAreRead) {
  const auto key = [](std::uint8_t algorithm, std::vector<std::uint8_t> octets) {
    std::vector<std::uint8_t> rdata{1, 0, 3, algorithm};
    rdata.insert(rdata.end(), octets.begin(), octets.end());
    return read_public_key(*Dnskey::from_rdata(rdata)) != nullptr;
  };
  const auto rsa = [](std::vector<std::uint8_t> exponent, std::size_t modulus) {
    std::vector<std::uint8_t> octets{static_cast<std::uint8_t>(exponent.size())};
    octets.insert(octets.end(), exponent.begin(), exponent.end());
    octets.resize(octets.size() + modulus, 0xff);
    return octets;
  };
  EXPECT_TRUE(key(8, rsa({1, 0, 1}, 128)));
  EXPECT_TRUE(key(8, rsa({3}, 64)));
  EXPECT_TRUE(key(8, rsa({1, 0, 1}, 512)));
  EXPECT_TRUE(key(5, rsa({1, 0, 1}, 128)));
  EXPECT_FALSE(key(8, rsa({1, 0, 1}, 63))) << "511 bits or less";
  EXPECT_FALSE(key(8, rsa({1, 0, 1}, 513)));
  EXPECT_FALSE(key(8, rsa({1}, 128))) << "signatures would be their own proof";
  EXPECT_FALSE(key(8, rsa({2}, 128)));
  EXPECT_FALSE(key(8, rsa(std::vector<std::uint8_t>(9, 0xff), 128))) << "72 bits of exponent";
  EXPECT_FALSE(key(8, rsa({}, 128)));
  EXPECT_FALSE(key(8, {0}));
  EXPECT_FALSE(key(8, {0, 0}));
  EXPECT_FALSE(key(8, {3, 1, 0, 1}));
  EXPECT_FALSE(key(13, std::vector<std::uint8_t>(64, 1))) << "not on the curve";
  EXPECT_FALSE(key(13, std::vector<std::uint8_t>(63, 1)));
  EXPECT_FALSE(key(14, std::vector<std::uint8_t>(64, 1)));
  EXPECT_FALSE(key(15, std::vector<std::uint8_t>(31, 1)));
  EXPECT_FALSE(key(16, std::vector<std::uint8_t>(32, 1)));
  EXPECT_FALSE(key(1, rsa({1, 0, 1}, 128)));
  EXPECT_FALSE(key(253, rsa({1, 0, 1}, 128)));
  EXPECT_FALSE(Dnskey::from_rdata(std::vector<std::uint8_t>{1, 0, 3, 8}));
}

TEST(KeyCaches, AreBounded) {
  KeyCache cache(3);
  std::vector<TestSigner> signers;
  for (std::uint8_t i = 0; i < 5; ++i) signers.emplace_back("example.", i);
  for (int round = 0; round < 3; ++round) {
    for (const TestSigner& signer : signers) {
      EXPECT_NE(cache.find(*Dnskey::from_rdata(signer.dnskey())), nullptr);
      EXPECT_LE(cache.size(), 3U);
    }
  }
  PublicKey* kept = cache.find(*Dnskey::from_rdata(signers[4].dnskey()));
  EXPECT_EQ(cache.find(*Dnskey::from_rdata(signers[4].dnskey())), kept);
}

class Keysets : public ::testing::Test {
 protected:
  KeysetVerdict verify(const RRset& keys, std::initializer_list<std::vector<std::uint8_t>> ds) {
    RdataList list;
    for (const auto& rdata : ds) list.add(rdata);
    return verify_keyset(keys, list, kNow, cache_, budget_);
  }
  static std::vector<std::uint8_t> with_octet(std::vector<std::uint8_t> rdata, std::size_t at, std::uint8_t value) {
    rdata.at(at) = value;
    return rdata;
  }

  TestSigner ksk_{"example.", 1};
  TestSigner zsk_{"example.", 2, 256};
  RRset keys_ = [this] {
    RRset keys = keys_of({&ksk_, &zsk_});
    ksk_.sign(keys, kNow - kDay, kNow + kDay);
    return keys;
  }();
  KeyCache cache_;
  WorkBudget budget_;
};

TEST_F(Keysets, OneMatchingDsIsEnough) {
  const KeysetVerdict verdict = verify(keys_, {ksk_.ds()});
  EXPECT_EQ(verdict.status, KeysetStatus::kSecure);
  EXPECT_EQ(verdict.error, ExtendedError::kNone);
  EXPECT_EQ(verdict.ttl, 3600U);
  EXPECT_TRUE(verify(keys_, {TestSigner("example.", 7).ds(), ksk_.ds()}).secure());
  EXPECT_TRUE(verify(keys_, {ksk_.ds(DsDigest::kSha1)}).secure());
  EXPECT_TRUE(verify(keys_, {ksk_.ds(DsDigest::kSha384)}).secure());
}

TEST_F(Keysets, Bogus) {
  EXPECT_EQ(verify(keys_, {TestSigner("example.", 7).ds()}).error, ExtendedError::kDnskeyMissing);
  EXPECT_EQ(verify(keys_, {zsk_.ds()}).status, KeysetStatus::kBogus) << "it does not sign the keys";
  EXPECT_EQ(verify(keys_, {with_octet(ksk_.ds(), 10, 0)}).status, KeysetStatus::kBogus);
  EXPECT_EQ(verify(keys_, {}).status, KeysetStatus::kBogus) << "no DS RRset proves nothing";
  RRset bare = keys_;
  bare.signatures.clear();
  EXPECT_EQ(verify(bare, {ksk_.ds()}).error, ExtendedError::kRrsigsMissing);
  RRset expired = keys_of({&ksk_});
  ksk_.sign(expired, kNow - 2 * kDay, kNow - kDay);
  EXPECT_EQ(verify(expired, {ksk_.ds()}).error, ExtendedError::kSignatureExpired);
  RRset none = keys_;
  none.rdata.clear();
  EXPECT_EQ(verify(none, {ksk_.ds()}).status, KeysetStatus::kBogus);
}

// RFC 6840 section 5.2.
TEST_F(Keysets, InsecureOnlyIfNothingIsKnown) {
  const auto unknown_algorithm = with_octet(ksk_.ds(), 2, 208);
  const auto unknown_digest = with_octet(ksk_.ds(), 3, 99);
  EXPECT_EQ(verify(keys_, {unknown_algorithm}).status, KeysetStatus::kInsecure);
  EXPECT_EQ(verify(keys_, {unknown_algorithm}).error, ExtendedError::kUnsupportedDnskeyAlgorithm);
  EXPECT_EQ(verify(keys_, {unknown_digest}).status, KeysetStatus::kInsecure);
  EXPECT_EQ(verify(keys_, {unknown_digest}).error, ExtendedError::kUnsupportedDsDigest);
  EXPECT_EQ(verify(keys_, {unknown_algorithm, TestSigner("example.", 7).ds()}).status, KeysetStatus::kBogus);
  EXPECT_EQ(verify(keys_, {unknown_algorithm, ksk_.ds()}).status, KeysetStatus::kSecure);
}

// RFC 4509 section 3.
TEST_F(Keysets, Sha1DoesNotCountBesideBetter) {
  EXPECT_EQ(verify(keys_, {ksk_.ds(DsDigest::kSha1), TestSigner("example.", 7).ds()}).status, KeysetStatus::kBogus);
  EXPECT_TRUE(verify(keys_, {ksk_.ds(DsDigest::kSha1), with_octet(ksk_.ds(), 3, 99)}).secure())
      << "a digest that we do not know is none";
}

TEST_F(Keysets, Anchors) {
  RdataList none;
  RdataList key;
  key.add(ksk_.dnskey());
  RdataList other;
  other.add(TestSigner("example.", 7).dnskey());
  RdataList ds;
  ds.add(ksk_.ds());
  RdataList unknown;
  unknown.add(with_octet(ksk_.ds(), 2, 3));
  const auto anchored = [&](const RdataList& ds_list, const RdataList& key_list) {
    return verify_anchored_keyset(keys_, ds_list, key_list, kNow, cache_, budget_);
  };
  EXPECT_TRUE(anchored(none, key).secure());
  EXPECT_TRUE(anchored(ds, none).secure());
  EXPECT_TRUE(anchored(ds, other).secure());
  EXPECT_EQ(anchored(none, other).status, KeysetStatus::kBogus);
  EXPECT_EQ(anchored(none, none).status, KeysetStatus::kBogus);
  EXPECT_EQ(anchored(unknown, none).status, KeysetStatus::kBogus) << "an anchor that we cannot use is no permission";
  EXPECT_EQ(anchored(unknown, none).error, ExtendedError::kUnsupportedDnskeyAlgorithm);
}

// RFC 5011 section 2.1: a revoked key is trusted for nothing.
TEST_F(Keysets, RevokedKeys) {
  TestSigner revoked("example.", 1, 257 | Dnskey::kRevoked);
  RRset keys = keys_of({&revoked, &zsk_});
  revoked.sign(keys, kNow - kDay, kNow + kDay);
  EXPECT_EQ(verify(keys, {revoked.ds()}).status, KeysetStatus::kBogus);
}

TEST_F(Keysets, WorkIsBounded) {
  RRset keys = keys_;
  RdataList ds;
  keys.rdata.clear();
  for (std::size_t i = 0; i < 28; ++i) {  // of one tag
    std::vector<std::uint8_t> rdata = ksk_.dnskey();
    std::swap(rdata[4 + i], rdata[6 + i]);
    keys.rdata.add(rdata);
    ds.add(with_octet(ksk_.ds(), 10, static_cast<std::uint8_t>(i)));
  }
  EXPECT_EQ(verify_keyset(keys, ds, kNow, cache_, budget_).status, KeysetStatus::kBogus);
  EXPECT_EQ(budget_.signature_checks, kMaxSignatureChecks) << "none matches; digests are bounded by kMaxDsDigests";
}

TEST(Algorithms, Table) {
  for (int number = 0; number < 256; ++number) {
    const bool known = number == 5 || number == 7 || number == 8 || number == 10 || (number >= 13 && number <= 16);
    EXPECT_EQ(is_supported(static_cast<DnssecAlgorithm>(number)), known) << number;
    EXPECT_EQ(is_supported(static_cast<DsDigest>(number)), number == 1 || number == 2 || number == 4) << number;
  }
  EXPECT_EQ(to_string(DnssecAlgorithm::kEd25519), "ED25519");
  EXPECT_EQ(to_string(static_cast<DnssecAlgorithm>(208)), "ALGORITHM208");
}

}  // namespace
}  // namespace dotmesh
