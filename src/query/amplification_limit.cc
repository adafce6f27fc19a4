#include "query/amplification_limit.h"

#include <netinet/in.h>

#include <algorithm>
#include <cstring>

#include "dns/lookup_name.h"

namespace dotmesh {

AmplificationLimit::AmplificationLimit(std::uint32_t octets_per_second) {
  if (octets_per_second == 0) return;
  // Above this an octet would cost less than a tick's sixteenth, and the limit would mean nothing.
  constexpr std::uint32_t kMost = kTicksPerSecond;
  cost_ = std::max(1U, kTicksPerSecond * kMeshFactor / std::min(octets_per_second, kMost));
  lines_ = std::make_unique<Line[]>(kCells / kCellsPerLine);
}

std::uint64_t AmplificationLimit::key_of(const sockaddr* client) {
  std::uint64_t prefix = 0;
  if (client != nullptr && client->sa_family == AF_INET6) {
    std::memcpy(&prefix, &reinterpret_cast<const sockaddr_in6*>(client)->sin6_addr, 7);  // /56
    prefix |= std::uint64_t{6} << 56;
  } else if (client != nullptr) {
    std::memcpy(&prefix, &reinterpret_cast<const sockaddr_in*>(client)->sin_addr, 3);  // /24
  }
  return hash_label(kHashSeed, reinterpret_cast<const std::uint8_t*>(&prefix), sizeof prefix);
}

AmplificationLimit::Verdict AmplificationLimit::judge_surplus(std::uint64_t key, ClientClass client,
                                                              std::uint32_t surplus) {
  constexpr std::uint32_t kMostDebt = kBurstSeconds * kTicksPerSecond;
  std::uint64_t cost = std::uint64_t{surplus} * cost_;
  cost /= client == ClientClass::kPublic ? kMeshFactor : kMeshFactor * kMeshFactor;
  auto price = static_cast<std::uint32_t>(std::min<std::uint64_t>(cost, kMostDebt));
  Line& line = line_of(key);
  std::size_t first = key % kCellsPerLine;
  std::size_t second = (first + 1 + (key >> 8) % (kCellsPerLine - 1)) % kCellsPerLine;  // another one
  Cell* cells[2] = {&line.cells[first], &line.cells[second]};
  std::uint32_t debts[2];
  for (int i = 0; i < 2; i++) {
    std::uint32_t debt = *cells[i] - now_;
    debts[i] = debt > kMostDebt ? 0 : debt;  // paid, or older than the counter
  }
  if (std::min(debts[0], debts[1]) + price > kMostDebt) {
    limited_.add();
    return limited_.value() % 2 == 0 ? Verdict::kTruncate : Verdict::kDrop;
  }
  for (int i = 0; i < 2; i++) *cells[i] = now_ + std::min(debts[i] + price, kMostDebt);
  return Verdict::kSend;
}

}  // namespace dotmesh
