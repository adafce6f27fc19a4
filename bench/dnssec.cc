// What validation costs: one verification by algorithm, with the key at hand and not, a keyset of the chain, a
// proof, and the worst that the bounds of one question let through.
//   nice build/bench/bench_dnssec
#include <benchmark/benchmark.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <memory>
#include <string>
#include <vector>

#include "dnssec/canonical.h"
#include "dnssec/denial_check.h"
#include "dnssec/keyset.h"
#include "dnssec/signature.h"

namespace dotmesh {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype([](EVP_PKEY* key) { EVP_PKEY_free(key); })>;

constexpr std::uint32_t kNow = 1'700'000'000;

Key make_key(int algorithm) {
  switch (algorithm) {
    case 7: case 8: case 10: return Key(EVP_RSA_gen(2048));
    case 13: return Key(EVP_EC_gen("P-256"));
    case 14: return Key(EVP_EC_gen("P-384"));
    case 15: return Key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    default: return Key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED448"));
  }
}

std::vector<std::uint8_t> dnskey_of(EVP_PKEY* key, int algorithm) {
  std::vector<std::uint8_t> rdata{1, 0, 3, static_cast<std::uint8_t>(algorithm)};
  std::uint8_t octets[600];
  std::size_t size = 0;
  if (algorithm <= 10) {
    BIGNUM* n = nullptr;
    EVP_PKEY_get_bn_param(key, "n", &n);
    rdata.insert(rdata.end(), {3, 1, 0, 1});
    size = static_cast<std::size_t>(BN_bn2bin(n, octets));
    rdata.insert(rdata.end(), octets, octets + size);
    BN_free(n);
  } else if (algorithm <= 14) {
    EVP_PKEY_get_octet_string_param(key, "pub", octets, sizeof octets, &size);
    if (size % 2 == 1) rdata.insert(rdata.end(), octets + 1, octets + size);
  } else {
    size = sizeof octets;
    EVP_PKEY_get_raw_public_key(key, octets, &size);
    rdata.insert(rdata.end(), octets, octets + size);
  }
  return rdata;
}

const EVP_MD* digest_of(int algorithm) {
  switch (algorithm) {
    case 7: return EVP_sha1();
    case 8: case 13: return EVP_sha256();
    case 10: return EVP_sha512();
    case 14: return EVP_sha384();
    default: return nullptr;
  }
}

// r and s out of OpenSSL's ASN.1.
std::vector<std::uint8_t> raw_ecdsa(const std::vector<std::uint8_t>& der, std::size_t number) {
  std::vector<std::uint8_t> out(2 * number);
  const std::uint8_t* at = der.data();
  ECDSA_SIG* signature = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
  BN_bn2binpad(ECDSA_SIG_get0_r(signature), out.data(), static_cast<int>(number));
  BN_bn2binpad(ECDSA_SIG_get0_s(signature), out.data() + number, static_cast<int>(number));
  ECDSA_SIG_free(signature);
  return out;
}

struct Zone {
  explicit Zone(int number) : algorithm(number), key(make_key(number)), dnskey(dnskey_of(key.get(), number)) {
    keys = {.owner = Name::parse("example.org.").value(), .type = RRType::kDNSKEY, .ttl = 3600, .rdata = {}, .signatures = {}};
    keys.rdata.add(dnskey);
  }

  void sign(RRset& rrset) const {
    std::vector<std::uint8_t> rdata(18);
    store16(rdata.data(), static_cast<std::uint16_t>(rrset.type));
    rdata[2] = static_cast<std::uint8_t>(algorithm);
    rdata[3] = static_cast<std::uint8_t>(rrset.owner.view().label_count());
    store32(&rdata[4], rrset.ttl);
    store32(&rdata[8], kNow + 1000);
    store32(&rdata[12], kNow - 1000);
    store16(&rdata[16], Dnskey::from_rdata(dnskey)->key_tag());
    rdata.insert(rdata.end(), keys.owner.data(), keys.owner.data() + keys.owner.size());
    const std::size_t head = rdata.size();
    rdata.resize(head + 1);
    const std::vector<std::uint8_t> octets = signed_octets(rrset, *Rrsig::from_rdata(rdata));
    rdata.resize(head);
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    std::size_t size = 0;
    EVP_DigestSignInit(context, nullptr, digest_of(algorithm), nullptr, key.get());
    EVP_DigestSign(context, nullptr, &size, octets.data(), octets.size());
    std::vector<std::uint8_t> signature(size);
    EVP_DigestSign(context, signature.data(), &size, octets.data(), octets.size());
    signature.resize(size);
    EVP_MD_CTX_free(context);
    if (algorithm == 13 || algorithm == 14) signature = raw_ecdsa(signature, algorithm == 13 ? 32 : 48);
    rdata.insert(rdata.end(), signature.begin(), signature.end());
    rrset.signatures.add(rdata);
  }

  int algorithm;
  Key key;
  std::vector<std::uint8_t> dnskey;
  RRset keys;
};

RRset address() {
  RRset rrset{.owner = Name::parse("www.example.org.").value(), .type = RRType::kA, .ttl = 300, .rdata = {}, .signatures = {}};
  rrset.rdata.add(std::vector<std::uint8_t>{192, 0, 2, 1});
  rrset.rdata.add(std::vector<std::uint8_t>{192, 0, 2, 2});
  return rrset;
}

void algorithms(benchmark::internal::Benchmark* b) { b->Arg(7)->Arg(8)->Arg(10)->Arg(13)->Arg(14)->Arg(15)->Arg(16); }

void BM_Verify(benchmark::State& state) {
  Zone zone(static_cast<int>(state.range(0)));
  RRset rrset = address();
  zone.sign(rrset);
  PublicKey* key = nullptr;
  KeyCache cache;
  for (auto _ : state) {
    const std::vector<std::uint8_t> octets = signed_octets(rrset, *Rrsig::from_rdata(rrset.signatures.front()));
    key = cache.find(*Dnskey::from_rdata(zone.dnskey));
    if (!key->verify(octets, Rrsig::from_rdata(rrset.signatures.front())->signature())) state.SkipWithError("not good");
  }
}
BENCHMARK(BM_Verify)->Apply(algorithms);

// The same RRset again, or another name made from the same wildcard.
void BM_VerifyAgain(benchmark::State& state) {
  Zone zone(static_cast<int>(state.range(0)));
  RRset rrset = address();
  zone.sign(rrset);
  KeyCache cache;
  for (auto _ : state) {
    WorkBudget budget;
    if (!verify_rrset(rrset, zone.keys, kNow, cache, budget).secure()) state.SkipWithError("not secure");
  }
}
BENCHMARK(BM_VerifyAgain)->Arg(8)->Arg(13);

void BM_ReadKey(benchmark::State& state) {
  Zone zone(static_cast<int>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(read_public_key(*Dnskey::from_rdata(zone.dnskey)));
}
BENCHMARK(BM_ReadKey)->Apply(algorithms);

void BM_FailedCheck(benchmark::State& state) {
  Zone zone(static_cast<int>(state.range(0)));
  RRset rrset = address();
  zone.sign(rrset);
  rrset.rdata.add(std::vector<std::uint8_t>{192, 0, 2, 3});
  KeyCache cache;
  for (auto _ : state) {
    WorkBudget budget;
    if (verify_rrset(rrset, zone.keys, kNow, cache, budget).secure()) state.SkipWithError("secure");
  }
}
BENCHMARK(BM_FailedCheck)->Apply(algorithms);

void BM_Nsec3Hash(benchmark::State& state) {
  const std::uint8_t salt[8] = {1};
  const Nsec3Scheme scheme{.algorithm = 1, .iterations = static_cast<std::uint16_t>(state.range(0)), .salt = salt};
  const Name name = Name::parse("www.example.org.").value();
  for (auto _ : state) {
    Nsec3Hasher hasher;
    WorkBudget budget;
    benchmark::DoNotOptimize(hasher.hash(name, scheme, budget));
  }
}
BENCHMARK(BM_Nsec3Hash)->Arg(0)->Arg(10)->Arg(50);

// All the hashing that one question may cause.
void BM_Nsec3WholeBudget(benchmark::State& state) {
  const Nsec3Scheme scheme{.algorithm = 1, .iterations = 50, .salt = {}};
  for (auto _ : state) {
    Nsec3Hasher hasher;
    WorkBudget budget;
    for (int i = 0; budget.nsec3_rounds != 0; ++i) {
      hasher.hash(Name::parse("a" + std::to_string(i) + ".example.org.").value(), scheme, budget);
    }
  }
}
BENCHMARK(BM_Nsec3WholeBudget);

}  // namespace
}  // namespace dotmesh

BENCHMARK_MAIN();
