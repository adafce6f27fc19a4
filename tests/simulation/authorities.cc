#include "simulation/authorities.h"

#include <fmt/format.h>

#include <algorithm>

namespace dotmesh::simulation {
namespace {

constexpr std::string_view kMannerNames[] = {"honest", "silent", "unreachable", "SERVFAIL", "REFUSED", "lame", "upward",
                                             "garbage", "other question", "no EDNS", "TC only", "poison", "wrong IDs",
                                             "strips signatures", "flips addresses"};
static_assert(std::size(kMannerNames) == kManners);

PlainMessage refusal(const PlainMessage& query, unsigned rcode) {
  return {.id = query.id, .flags = kQr, .rcode = rcode, .edns = query.edns, .questions = query.questions, .sections = {}};
}

void drop_signatures(PlainMessage& message) {
  for (auto& section : message.sections) {
    std::erase_if(section, [](const PlainRecord& r) {
      return r.type == RRType::kRRSIG || r.type == RRType::kNSEC || r.type == RRType::kNSEC3;
    });
  }
}

void flip_addresses(PlainMessage& message) {
  for (PlainRecord& r : message.section(Section::kAnswer)) {
    if (r.type == RRType::kA) r.rdata[3] ^= 0xff;
  }
}

}  // namespace

Manner Authorities::manner(std::size_t server) const {
  auto at = manners_.find(server);
  return at == manners_.end() ? Manner::kHonest : at->second;
}

Duration Authorities::delay() {
  auto span = static_cast<std::size_t>((link_.most - link_.least).count());
  return link_.least + Duration(static_cast<std::int64_t>(random_.below(span + 1)));
}

PlainMessage Authorities::truthful(const WorldServer& server, const SentQuery& sent, const PlainMessage& query) const {
  std::size_t limit = 65535;
  if (sent.transport == UpstreamTransport::kUdp) {
    limit = query.edns ? std::clamp<std::size_t>(query.udp_payload, 512, 1232) : 512;
  }
  auto message = read_message(authoritative_answer(*server.zone_set, sent.message, limit));
  return message ? *message : refusal(query, 2);
}

// Records for names outside the server's zones, in every place where an old resolver would have taken them.
void Authorities::poison(const WorldServer& server, PlainMessage& message) {
  const WorldZone& victim = random_.pick(world_.zones());
  for (std::size_t own : server.zones) {
    if (victim.apex.view().is_at_or_below(world_.zones()[own].apex)) return;  // its own to say
  }
  std::vector<std::uint8_t> address(std::begin(kPoisonAddress), std::end(kPoisonAddress));
  Name www = *Name::join(std::span(reinterpret_cast<const std::uint8_t*>("www"), 3), victim.apex);
  Name evil = Name::parse("ns.evil.").value();
  message.section(Section::kAnswer).push_back({www, RRType::kA, 1, 86400, address});
  message.section(Section::kAuthority).push_back({victim.apex, RRType::kNS, 1, 86400, {evil.data(), evil.data() + evil.size()}});
  message.section(Section::kAdditional).push_back({www, RRType::kA, 1, 86400, address});
  message.section(Section::kAdditional).push_back({evil, RRType::kA, 1, 86400, address});
}

void Authorities::answer(Manner manner, const WorldServer& server, const SentQuery& sent,
                         std::vector<Arrival>& arrivals) {
  auto query = read_message(sent.message);
  if (!query || query->questions.size() != 1) return;
  bool udp = sent.transport == UpstreamTransport::kUdp;
  PlainMessage reply = truthful(server, sent, *query);
  Duration at = delay();
  switch (manner) {
    case Manner::kHonest: break;
    case Manner::kSilent: return;
    case Manner::kUnreachable: arrivals.push_back({at, {}, UpstreamFailure::kUnreachable}); return;
    case Manner::kServfail: reply = refusal(*query, 2); break;
    case Manner::kRefused: reply = refusal(*query, 5); break;
    case Manner::kLame: reply = refusal(*query, 0); break;
    case Manner::kUpward:
      reply = refusal(*query, 0);
      for (const PlainRecord& r : world_.zones()[0].records) {
        if (r.type == RRType::kNS && r.owner.view().is_root()) reply.section(Section::kAuthority).push_back(r);
      }
      break;
    case Manner::kGarbage: {
      std::vector<std::uint8_t> octets(random_.between(12, 300));
      for (std::uint8_t& octet : octets) octet = static_cast<std::uint8_t>(random_.next());
      store16(octets.data(), query->id);
      octets[2] |= kFlagQr;
      arrivals.push_back({at, octets, {}});
      return;
    }
    case Manner::kOtherQuestion: reply.questions[0].name = Name::parse("other.example.").value(); break;
    case Manner::kNoEdns:
      if (query->edns) {
        reply = refusal(*query, 1);
        reply.edns = false;
      }
      break;
    case Manner::kTcOnly:
      if (udp) {
        reply = refusal(*query, 0);
        reply.flags |= kTc | kAa;
      }
      break;
    case Manner::kPoison: poison(server, reply); break;
    case Manner::kWrongIds:
      for (int i = 0; udp && i < 5; i++) {
        PlainMessage forged = reply;
        forged.id ^= static_cast<std::uint16_t>(1 + random_.below(65535));
        poison(server, forged);
        arrivals.push_back({at / 2, forged.to_wire(), {}});
      }
      break;
    case Manner::kStripSignatures: drop_signatures(reply); break;
    case Manner::kFlipAddress: flip_addresses(reply); break;
  }
  arrivals.push_back({at, reply.to_wire(), {}});
}

void Authorities::note(const SentQuery& sent, const WorldServer* server, const std::vector<Arrival>& arrivals) const {
  if (trace_ == nullptr) return;
  auto query = read_message(sent.message);
  std::string asked = query && !query->questions.empty() ? fmt::format("{} {}", query->questions[0].name.to_string(),
                                                                       to_string(query->questions[0].type))
                                                         : "?";
  auto reply = arrivals.empty() ? std::nullopt : read_message(arrivals.back().message);
  auto at = std::chrono::duration_cast<std::chrono::milliseconds>(sent.since_start);
  *trace_ += fmt::format("  {:6} ms {}{} {} <- {}: {}\n", at.count(), sent.server.address_to_string(),
                         sent.transport == UpstreamTransport::kTcp ? " tcp" : "",
                         server == nullptr ? "nobody" : kMannerNames[static_cast<std::size_t>(
                                                            manner(static_cast<std::size_t>(server - world_.servers().data())))],
                         asked, arrivals.empty() ? "lost" : reply ? reply->to_string() : "not a message");
}

void Authorities::on_query(const SentQuery& sent, std::vector<Arrival>& arrivals) {
  const WorldServer* server = world_.server_at(sent.server);
  bool tcp = sent.transport == UpstreamTransport::kTcp;
  if (server == nullptr || (!tcp && random_.chance(link_.loss))) {
    note(sent, server, arrivals);
    return;
  }
  answer(manner(static_cast<std::size_t>(server - world_.servers().data())), *server, sent, arrivals);
  if (!tcp && random_.chance(link_.loss)) arrivals.clear();
  note(sent, server, arrivals);
  if (tcp) return;
  if (!arrivals.empty() && random_.chance(link_.doubled)) {
    arrivals.push_back(arrivals.back());
    arrivals.back().delay += delay();
  }
}

}  // namespace dotmesh::simulation
