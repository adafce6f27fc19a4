#include "query/handler.h"

#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

#include "authority/answerer.h"
#include "query/generation_zones.h"
#include "query/prepared_answer.h"

namespace dotmesh {
namespace {

bool is_this_machine(const sockaddr* client) {
  if (client == nullptr) return false;
  if (client->sa_family == AF_INET) {
    in_addr address;
    std::memcpy(&address, reinterpret_cast<const char*>(client) + offsetof(sockaddr_in, sin_addr), sizeof address);
    return ntohl(address.s_addr) >> 24 == IN_LOOPBACKNET;
  }
  in6_addr address;
  std::memcpy(&address, reinterpret_cast<const char*>(client) + offsetof(sockaddr_in6, sin6_addr), sizeof address);
  return IN6_IS_ADDR_LOOPBACK(&address);
}

std::size_t udp_limit(const sockaddr* client, const ResolverSettings* settings) {
  if (is_this_machine(client)) return kMaxUdpResponse;
  const std::size_t wanted = settings != nullptr ? settings->edns_buffer_size : 0;
  return std::clamp(wanted, kMaxNetworkUdpResponse, kMaxUdpResponse);
}

// What the client and the transport allow (RFC 1035 section 4.2.1, RFC 6891 section 6.2.3).
std::size_t response_limit(const QueryHandler::Slot& slot, std::size_t room) {
  if (slot.transport == Transport::kTcp) return std::min(room, kMaxMessage);
  std::size_t asked = slot.message.edns.present ? slot.message.edns.udp_payload : kMinUdpPayload;
  return std::min({asked, slot.udp_limit, room});
}

// Types of which no records exist (RFC 6895 section 3.1): 0, OPT, and the range of question and meta types
// that are not ANY. TYPE65535 is reserved, but may be asked for like any other.
bool is_no_data_type(RRType type) {
  auto number = static_cast<std::uint16_t>(type);
  return number == 0 || (is_meta_type(type) && number != 255);
}

// RFC 8482 section 4.2: for ANY a record that says so, and no work.
void answer_any(NameView qname, ResponseWriter& writer) {
  static constexpr std::uint8_t kHinfo[] = {7, 'R', 'F', 'C', '8', '4', '8', '2', 0};
  static constexpr std::uint32_t kTtl = 3600;
  writer.add_record(Section::kAnswer, qname, RRType::kHINFO, static_cast<std::uint16_t>(RRClass::kIN), kTtl, kHinfo);
}

}  // namespace

QueryHandler::QueryHandler(const Snapshot<Generation>& generations, const NodeIdentity& identity)
    : generations_(generations),
      identity_(identity),
      own_policies_(std::make_unique<PolicySource>(NodePolicy{})),
      policies_(*own_policies_),
      limit_(0) {}

QueryHandler::QueryHandler(const Snapshot<Generation>& generations, const NodeIdentity& identity,
                           PolicySource& policies, std::unique_ptr<Recursion> recursion, ClientDefence defence)
    : generations_(generations),
      identity_(identity),
      policies_(policies),
      defence_(defence),
      limit_(defence.amplification),
      recursion_(std::move(recursion)) {
  if (recursion_ == nullptr) return;
  recursion_->limit_with(limit_);
  recursion_->count_in(counters_);
}

QueryHandler::~QueryHandler() = default;

void QueryHandler::take_generation() {
  generation_ = generations_.get();
  policy_ = policies_.of(generations_.held());
  if (recursion_ == nullptr) return;
  std::unique_ptr<const LocalZones> zones;
  if (generation_ != nullptr && policy_->in_process) zones = std::make_unique<GenerationZones>(generations_.held());
  recursion_->use(policy_->resolver, std::move(zones));
}

bool QueryHandler::begin(Slot& slot, std::span<const std::uint8_t> query, const ClientInfo& client) {
  slot.transport = client.transport;
  slot.client = client.address;
  slot.udp_limit = udp_limit(client.address, policy_->resolver.get());
  slot.zone = nullptr;
  slot.verdict = slot.message.parse(query);
  if (slot.verdict == QueryVerdict::kDrop) return false;
  slot.client_class = policy_->clients.of(client.address);
  if (slot.client_class == ClientClass::kBogon) return false;
  slot.limited = limit_.enabled() && slot.transport == Transport::kUdp && slot.client_class != ClientClass::kLoopback;
  if (slot.message.edns.cookie_size != 0) check_cookie(slot, query);
  if (slot.limited) {
    slot.limit_key = AmplificationLimit::key_of(slot.client);
    limit_.prefetch(slot.limit_key);
  }
  slot.resolves = recursion_ != nullptr && (client.roles & kRoleResolver) != 0;
  slot.may_recurse = slot.resolves && policy_->may_recurse(slot.client_class);
  if (slot.verdict == QueryVerdict::kAnswer && generation_ != nullptr && (policy_->in_process || !slot.resolves)) {
    slot.zone = generation_->zones.find(slot.message.qname);
    if (slot.zone != nullptr) {
      std::uint64_t hash = slot.message.qname.hash();
      slot.zone->data().shard_of(hash).prefetch_slot(hash);
    }
  }
  slot.source = slot.resolves && slot.zone == nullptr ? AnswerSource::kResolver : AnswerSource::kAuthority;
  slot.refresh = false;
  slot.may_be_prepared = slot.may_recurse && slot.zone == nullptr && slot.verdict == QueryVerdict::kAnswer &&
                         recursion_->answers() != nullptr && may_be_prepared(slot.message);
  if (slot.may_be_prepared) {
    slot.prepared_hash = answer_key(slot.message).hash();
    recursion_->answers()->prefetch_slot(slot.prepared_hash);
  }
  return true;
}

void QueryHandler::fetch(Slot& slot) {
  if (slot.may_be_prepared) recursion_->answers()->prefetch_entry(slot.prepared_hash);
  if (slot.zone == nullptr) return;
  std::uint64_t hash = slot.message.qname.hash();
  slot.zone->data().shard_of(hash).prefetch_node(hash);
}

void QueryHandler::check_cookie(Slot& slot, std::span<const std::uint8_t> query) {
  if (defence_.cookies == nullptr) return;
  const EdnsQuery& edns = slot.message.edns;
  auto now = std::chrono::duration_cast<std::chrono::seconds>(defence_.clock->wall().time_since_epoch()).count();
  auto checked = defence_.cookies->check(query.subspan(edns.cookie_at, edns.cookie_size), slot.client, now);
  slot.cookie = checked.reply;
  if (checked.valid) slot.limited = false;
}

std::span<const std::uint8_t> QueryHandler::reply_cookie(const Slot& slot) const {
  if (defence_.cookies == nullptr || slot.message.edns.cookie_size == 0) return {};
  return slot.cookie;
}

std::size_t QueryHandler::finish(Slot& slot, std::span<const std::uint8_t> query, std::span<std::uint8_t> out) {
  std::size_t size = answer_or_ask(slot, query, out);
  if (size == kAnswerLater) return size;
  if (slot.limited) size = limit(slot, query, out, size);
  if (size != 0) count(slot, out);
  return size;
}

void QueryHandler::count(const Slot& slot, std::span<const std::uint8_t> response) {
  const bool bad_version = slot.verdict == QueryVerdict::kAnswer && slot.message.edns.version != 0;
  counters_.count(slot.transport, slot.source, slot.client_class, bad_version ? kBadVersIndex : response[3] & 0x0f);
}

std::size_t QueryHandler::limit(const Slot& slot, std::span<const std::uint8_t> query, std::span<std::uint8_t> out,
                                std::size_t size) {
  switch (limit_.judge(slot.limit_key, slot.client_class, query.size(), size)) {
    case AmplificationLimit::Verdict::kSend: return size;
    case AmplificationLimit::Verdict::kDrop: return 0;
    case AmplificationLimit::Verdict::kTruncate: break;
  }
  ResponseWriter writer(out, response_limit(slot, out.size()), query, slot.message);
  writer.set_recursion_available(slot.may_recurse);
  writer.set_cookie(reply_cookie(slot));
  writer.set_truncated();
  return writer.finish();
}

std::size_t QueryHandler::answer_or_ask(Slot& slot, std::span<const std::uint8_t> query, std::span<std::uint8_t> out) {
  ResponseWriter writer(out, response_limit(slot, out.size()), query, slot.message);
  writer.set_nsid(identity_.name);
  writer.set_cookie(reply_cookie(slot));
  writer.set_recursion_available(slot.may_recurse);
  if (slot.may_be_prepared && write_if_prepared(slot, writer)) {
    slot.source = AnswerSource::kPrepared;
    return writer.finish();
  }
  if (answer(slot, writer) == Outcome::kRecurse) {
    slot.source = AnswerSource::kResolver;
    return recursion_->ask(request(slot, query, out.size()), out, slot.ticket);
  }
  return writer.finish();
}

bool QueryHandler::write_if_prepared(Slot& slot, ResponseWriter& writer) {
  bool prefetch = policy_->resolver != nullptr && policy_->resolver->prefetch;
  auto result = write_prepared(*recursion_->answers(), slot.message, slot.prepared_hash, recursion_->seconds(), prefetch,
                               writer);
  slot.refresh = result == PreparedResult::kDue;
  return result == PreparedResult::kWritten;
}

std::size_t QueryHandler::refuse_to_wait(Slot& slot, std::span<const std::uint8_t> query,
                                         std::span<std::uint8_t> out) {
  const std::size_t size = recursion_->abandon(slot.ticket, request(slot, query, out.size()), out);
  if (size != 0) count(slot, out);
  return size;
}

RecursionRequest QueryHandler::request(const Slot& slot, std::span<const std::uint8_t> query, std::size_t room) const {
  return {slot.message, query, response_limit(slot, room), reply_cookie(slot), slot.client, slot.client_class,
          slot.refresh, slot.limited, slot.limit_key, slot.transport};
}

void QueryHandler::on_response(ExchangeId id, std::span<const std::uint8_t> message) {
  if (recursion_ != nullptr) recursion_->on_response(id, message);
}
void QueryHandler::on_failure(ExchangeId id, UpstreamFailure failure) {
  if (recursion_ != nullptr) recursion_->on_failure(id, failure);
}
std::optional<Clock::Monotonic> QueryHandler::next_timer() const {
  return recursion_ != nullptr ? recursion_->next_timer() : std::nullopt;
}
void QueryHandler::on_time() {
  if (recursion_ != nullptr) recursion_->on_time();
}

QueryHandler::Outcome QueryHandler::answer(Slot& slot, ResponseWriter& writer) {
  const auto only = [&writer](Rcode rcode) {
    writer.set_rcode(rcode);
    return Outcome::kWritten;
  };
  const QueryMessage& message = slot.message;
  if (slot.verdict == QueryVerdict::kNotImp) return only(Rcode::kNotImp);
  if (slot.verdict == QueryVerdict::kFormErr) return only(Rcode::kFormErr);
  if (message.edns.present && message.edns.version != 0) return only(Rcode::kBadVers);
  switch (static_cast<RRClass>(message.qclass)) {
    case RRClass::kIN: case RRClass::kANY: return answer_internet(slot, writer);
    case RRClass::kCH:
      answer_chaos(slot, writer);
      return Outcome::kWritten;
    default: return only(Rcode::kRefused);
  }
}

QueryHandler::Outcome QueryHandler::answer_internet(Slot& slot, ResponseWriter& writer) {
  switch (slot.message.qtype) {
    case RRType::kOPT: case RRType::kTSIG: case RRType::kTKEY:
      writer.set_rcode(Rcode::kFormErr);  // records of messages, never asked for
      return Outcome::kWritten;
    case RRType::kAXFR: case RRType::kIXFR:
      writer.set_rcode(Rcode::kRefused);  // zones are in git for everyone to fetch
      return Outcome::kWritten;
    case RRType::kMAILA: case RRType::kMAILB:
      writer.set_rcode(Rcode::kNotImp);
      return Outcome::kWritten;
    default: break;
  }
  if (generation_ == nullptr && !slot.resolves) {
    writer.set_extended_error(ExtendedError::kNotReady);
    writer.set_rcode(Rcode::kServFail);
    return Outcome::kWritten;
  }
  if (slot.zone != nullptr || !slot.resolves) return answer_zone(slot, writer);
  return answer_beyond(slot, writer);
}

// From the node's own zones. What ends outside them (a member's delegation, an alias to the Internet) is
// for the resolver, where there is one and the client wants it.
QueryHandler::Outcome QueryHandler::answer_zone(Slot& slot, ResponseWriter& writer) {
  bool in_class = static_cast<RRClass>(slot.message.qclass) == RRClass::kIN;
  bool resolve = slot.may_recurse && (slot.message.flags_high & kFlagRd) != 0 && in_class;
  // With an anchor of its own a zone is validated, so that AD can be set.
  if (resolve && !policy_->anchored.empty() && policy_->anchored.contains(slot.zone)) return Outcome::kRecurse;
  Answerer::Ending ending = Answerer(generation_->zones, slot.message, writer).answer();
  if (ending == Answerer::Ending::kElsewhere && resolve) return Outcome::kRecurse;
  // RFC 1034 section 6.2: an answer to class ANY can never be authoritative.
  if (!in_class) writer.set_authoritative(false);
  return Outcome::kWritten;
}

// A name that the node knows nothing about.
QueryHandler::Outcome QueryHandler::answer_beyond(Slot& slot, ResponseWriter& writer) {
  bool wants_recursion = (slot.message.flags_high & kFlagRd) != 0;
  bool in_class = static_cast<RRClass>(slot.message.qclass) == RRClass::kIN;
  if (!slot.may_recurse || !wants_recursion || !in_class) {
    // Without RD a resolver would tell strangers what its users have looked up.
    writer.set_extended_error(slot.may_recurse ? ExtendedError::kNotAuthoritative : ExtendedError::kProhibited);
    writer.set_rcode(Rcode::kRefused);
    return Outcome::kWritten;
  }
  if (is_no_data_type(slot.message.qtype)) {
    writer.set_rcode(Rcode::kRefused);
    return Outcome::kWritten;
  }
  if (slot.message.qtype == RRType::kANY) {
    answer_any(slot.message.qname.view(), writer);
    return Outcome::kWritten;
  }
  return Outcome::kRecurse;
}

// RFC 4892: who answered. The text also tells the commit that is being served.
void QueryHandler::answer_chaos(Slot& slot, ResponseWriter& writer) {
  struct Identity {
    std::string_view name;  // wire form, lowered
    std::string_view text;
  };
  std::string_view commit = generation_ != nullptr ? std::string_view(generation_->commit.id) : "none";
  using namespace std::literals;
  const std::array<Identity, 5> identities{{{"\2id\6server\0"sv, identity_.name},
                                            {"\10hostname\4bind\0"sv, identity_.name},
                                            {"\7version\6server\0"sv, identity_.version},
                                            {"\7version\4bind\0"sv, identity_.version},
                                            {"\12generation\6server\0"sv, commit}}};
  NameView qname = slot.message.qname.view();
  std::string_view asked(reinterpret_cast<const char*>(qname.data()), qname.size());
  const auto* found = std::ranges::find(identities, asked, &Identity::name);
  if (found == identities.end()) return writer.set_rcode(Rcode::kRefused);
  writer.set_authoritative(true);
  if (slot.message.qtype != RRType::kTXT && slot.message.qtype != RRType::kANY) return;
  std::array<std::uint8_t, 256> rdata;
  std::size_t size = std::min<std::size_t>(found->text.size(), 255);
  rdata[0] = static_cast<std::uint8_t>(size);
  std::copy_n(found->text.begin(), size, rdata.begin() + 1);
  writer.add_record(Section::kAnswer, qname, RRType::kTXT, static_cast<std::uint16_t>(RRClass::kCH), 0,
                    std::span(rdata).first(size + 1));
}

}  // namespace dotmesh
