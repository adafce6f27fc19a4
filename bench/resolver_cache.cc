// Micro-benchmarks of src/resolver/cache: what a cached answer costs beside the network, and how much
// memory a million of them takes. One entry: a name of about 20 octets with one A record.
#include <benchmark/benchmark.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "resolver/cache/answer_cache.h"
#include "resolver/cache/rrset_cache.h"

namespace dotmesh {
namespace {

constexpr CacheSeconds kNow = 1000;
constexpr std::size_t kMegabyte = 1 << 20;

// "h1234567.example.org." without the printing.
Name numbered(std::uint32_t number) {
  std::uint8_t wire[] = "\10h0000000\7example\3org";
  for (int i = 8; i >= 2; --i, number /= 10) wire[i] = static_cast<std::uint8_t>('0' + number % 10);
  return NameView(wire, sizeof wire);
}

CacheEntry address_of(const Name& owner) {
  CacheEntry entry;
  entry.rank = Rank::kAuthoritative;
  entry.stored = kNow;
  entry.expires = kNow + 300;
  entry.zone = owner.view().parent();
  entry.rrsets.resize(1);
  entry.rrsets[0].owner = owner;
  entry.rrsets[0].ttl = 300;
  entry.rrsets[0].rdata.add(std::array<std::uint8_t, 4>{192, 0, 2, 1});
  return entry;
}

constexpr std::uint8_t kRecord[] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4, 192, 0, 2, 1};

AnswerCache::Answer prepared() {
  AnswerCache::Answer answer;
  answer.records = kRecord;
  answer.answer_count = 1;
  return answer;
}

void fill(RRsetCache& cache, std::uint32_t entries) {
  for (std::uint32_t i = 0; i < entries; ++i) {
    Name owner = numbered(i);
    cache.store(kIteratedPartition, owner, RRType::kA, address_of(owner), kNow);
  }
}
void fill(AnswerCache& cache, std::uint32_t entries) {
  for (std::uint32_t i = 0; i < entries; ++i) {
    LookupName qname(numbered(i));
    cache.store({qname, RRType::kA}, prepared(), kNow);
  }
}

// Capacity for `entries` with room to spare, or of a cache that evicts all the time when there is more.
std::size_t capacity_for(std::int64_t entries) { return kMegabyte + static_cast<std::size_t>(entries) * 160; }

// A walk over all entries that neither the processor nor its prefetcher can foretell.
std::uint32_t scattered(std::uint32_t i, std::uint32_t entries) {
  return static_cast<std::uint32_t>(std::uint64_t{i * 2654435761U} * entries >> 32);
}

void BM_FindRRset(benchmark::State& state) {
  auto entries = static_cast<std::uint32_t>(state.range(0));
  RRsetCache cache(capacity_for(entries));
  fill(cache, entries);
  std::uint32_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(cache.find(kIteratedPartition, numbered(scattered(i++, entries)), RRType::kA));
  }
}
BENCHMARK(BM_FindRRset)->Arg(1000)->Arg(1000000);

void BM_FindAbsent(benchmark::State& state) {
  auto entries = static_cast<std::uint32_t>(state.range(0));
  RRsetCache cache(capacity_for(entries));
  fill(cache, entries);
  std::uint32_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(cache.find(kIteratedPartition, numbered(scattered(i++, entries)), RRType::kAAAA));
  }
}
BENCHMARK(BM_FindAbsent)->Arg(1000)->Arg(1000000);

// Into a full cache: each store evicts.
void BM_StoreRRset(benchmark::State& state) {
  RRsetCache cache(static_cast<std::size_t>(state.range(0)) * kMegabyte);
  std::uint32_t i = 0;
  CacheEntry entry = address_of(numbered(0));
  for (auto _ : state) {
    Name owner = numbered(i++);
    entry.rrsets[0].owner = owner;
    benchmark::DoNotOptimize(cache.store(kIteratedPartition, owner, RRType::kA, entry, kNow));
  }
}
BENCHMARK(BM_StoreRRset)->Arg(1)->Arg(64);

void BM_StoreAnswer(benchmark::State& state) {
  AnswerCache cache(static_cast<std::size_t>(state.range(0)) * kMegabyte);
  std::uint32_t i = 0;
  for (auto _ : state) {
    LookupName qname(numbered(i++));
    benchmark::DoNotOptimize(cache.store({qname, RRType::kA}, prepared(), kNow));
  }
}
BENCHMARK(BM_StoreAnswer)->Arg(1)->Arg(64);

// In batches of 64 with prefetches, as the server does it; the time is that of one.
void BM_CopyAnswer(benchmark::State& state) {
  constexpr std::uint32_t kBatch = 64;
  auto entries = static_cast<std::uint32_t>(state.range(0));
  AnswerCache cache(capacity_for(entries));
  fill(cache, entries);
  std::vector<LookupName> names(kBatch);
  std::array<std::uint64_t, kBatch> hashes;
  std::array<std::uint8_t, 512> out;
  std::uint32_t i = 0;
  while (state.KeepRunningBatch(kBatch)) {
    state.PauseTiming();
    for (std::uint32_t k = 0; k < kBatch; ++k) names[k].assign(numbered(scattered(i++, entries)));
    state.ResumeTiming();
    for (std::uint32_t k = 0; k < kBatch; ++k) {
      hashes[k] = AnswerKey{names[k], RRType::kA}.hash();
      cache.prefetch_slot(hashes[k]);
    }
    for (std::uint32_t k = 0; k < kBatch; ++k) cache.prefetch_entry(hashes[k]);
    for (std::uint32_t k = 0; k < kBatch; ++k) {
      benchmark::DoNotOptimize(cache.copy({names[k], RRType::kA}, hashes[k], kNow + 1, out));
    }
  }
}
BENCHMARK(BM_CopyAnswer)->Arg(1000)->Arg(1000000);

std::size_t resident_octets() {
  std::ifstream statm("/proc/self/statm");
  std::size_t total = 0;
  std::size_t resident = 0;
  statm >> total >> resident;
  return resident * 4096;
}

// Memory of a million RRsets with their prepared answers (issue 3: at most 300 MiB); not a time.
void BM_MemoryOfAMillion(benchmark::State& state) {
  constexpr std::uint32_t kEntries = 1000000;
  for (auto _ : state) {
    std::size_t before = resident_octets();
    RRsetCache rrsets(150 * kMegabyte);
    AnswerCache answers(150 * kMegabyte);
    fill(rrsets, kEntries);
    fill(answers, kEntries);
    state.counters["MiB_resident"] = static_cast<double>(resident_octets() - before) / kMegabyte;
    state.counters["MiB_rrsets"] = static_cast<double>(rrsets.stats().octets) / kMegabyte;
    state.counters["MiB_answers"] = static_cast<double>(answers.stats().octets) / kMegabyte;
    state.counters["rrsets"] = static_cast<double>(rrsets.stats().entries);
    state.counters["answers"] = static_cast<double>(answers.stats().entries);
    state.counters["evicted"] = static_cast<double>(rrsets.stats().evicted + answers.stats().evicted);
  }
}
BENCHMARK(BM_MemoryOfAMillion)->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace dotmesh

BENCHMARK_MAIN();
