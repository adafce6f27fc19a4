#include "resolver/server_query.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace dotmesh {
namespace {

// Turns for one server: EDNS off, a cookie refused, TCP, each at most once, and the first.
constexpr unsigned kMaxTurns = 4;
// TCP takes a round trip more, and a busy server its time.
constexpr std::chrono::milliseconds kMinTcpPatience{1500};
constexpr std::chrono::milliseconds kMaxTcpPatience{4000};
constexpr unsigned kBadCookie = 23;
constexpr std::size_t kClientCookieSize = 8;
// Header, question, OPT with the longest cookie.
constexpr std::size_t kMaxQuerySize = kHeaderSize + kMaxNameLength + 4 + 11 + 4 + 40;

// The turn's form of the query.
struct Form {
  bool tcp = false;
  bool edns = true;
  bool cookie = false;
  bool random_case = false;
};

struct QueryOctets {
  std::array<std::uint8_t, kMaxQuerySize> octets;
  std::size_t size = 0;
  std::size_t name_size = 0;

  void put(std::span<const std::uint8_t> more) {
    std::ranges::copy(more, octets.begin() + static_cast<std::ptrdiff_t>(size));
    size += more.size();
  }
  void put16(std::uint16_t value) {
    store16(&octets[size], value);
    size += 2;
  }
  std::span<const std::uint8_t> view() const { return std::span(octets).first(size); }
  NameView name() const { return {&octets[kHeaderSize], name_size}; }
};

void randomise_case(std::span<std::uint8_t> name, Engine& engine) {
  std::array<std::uint8_t, kMaxNameLength> bits;
  engine.upstream.random(std::span(bits).first((name.size() + 7) / 8));
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool letter = name[i] >= 'a' && name[i] <= 'z';
    if (letter && (bits[i / 8] >> (i % 8) & 1) != 0) name[i] = static_cast<std::uint8_t>(name[i] - 32);
  }
}

QueryOctets build(Engine& engine, const ResolverSettings& settings, const Form& form, bool recursive,
                  const ServerCookie& cookie, NameView qname, RRType qtype) {
  QueryOctets query;
  query.put16(engine.random<std::uint16_t>());
  query.octets[2] = recursive ? kFlagRd : 0;
  query.octets[3] = recursive ? kFlagCd : 0;
  query.size = 4;
  query.put16(1);
  query.put16(0);
  query.put16(0);
  query.put16(form.edns ? 1 : 0);
  query.name_size = qname.size();
  for (std::uint8_t octet : qname.wire()) query.octets[query.size++] = lower_octet(octet);
  if (form.random_case) randomise_case(std::span(query.octets).subspan(kHeaderSize, qname.size()), engine);
  query.put16(static_cast<std::uint16_t>(qtype));
  query.put16(static_cast<std::uint16_t>(RRClass::kIN));
  if (!form.edns) return query;
  query.put(std::array<std::uint8_t, 1>{0});
  query.put16(static_cast<std::uint16_t>(RRType::kOPT));
  query.put16(settings.edns_buffer_size);
  query.put16(0);
  query.put16(0x8000);  // DO
  if (!form.cookie) {
    query.put16(0);
    return query;
  }
  query.put16(static_cast<std::uint16_t>(4 + kClientCookieSize + cookie.server_size));
  query.put16(static_cast<std::uint16_t>(EdnsOption::kCookie));
  query.put16(static_cast<std::uint16_t>(kClientCookieSize + cookie.server_size));
  query.put(cookie.client);
  query.put(std::span(cookie.server).first(cookie.server_size));
  return query;
}

// RFC 5452 section 9.1. Servers that fail at once may leave the question out.
bool is_response_to(const Message& message, const QueryOctets& query, RRType qtype, bool exact_case) {
  if (message.opcode() != 0) return false;
  if (!message.has_question()) {
    return message.rcode() != 0 && message.rcode() != static_cast<unsigned>(Rcode::kNxDomain);
  }
  if (message.qtype() != qtype || message.qclass() != static_cast<std::uint16_t>(RRClass::kIN)) return false;
  if (exact_case) return std::ranges::equal(message.qname().wire(), query.name().wire());
  return message.qname() == query.name();
}

enum class CookieVerdict : std::uint8_t { kGood, kForged, kMissing };

// RFC 7873 section 5.3: a response with another client cookie is not to our query; a server that had
// cookies and sends none may be someone else.
CookieVerdict check_cookie(Engine& engine, const SocketAddress& server, const ServerState& state,
                           const ServerCookie& sent) {
  const auto& got = engine.incoming().edns().cookie;
  if (got.empty()) {
    return state.has_cookie && state.cookie.server_size != 0 ? CookieVerdict::kMissing : CookieVerdict::kGood;
  }
  if (got.size() < kClientCookieSize || !std::equal(sent.client.begin(), sent.client.end(), got.begin())) {
    return CookieVerdict::kForged;
  }
  const std::size_t size = got.size() - kClientCookieSize;
  if (size >= 8 && size <= sent.server.size()) {
    ServerCookie fresh = sent;
    std::copy(got.begin() + kClientCookieSize, got.end(), fresh.server.begin());
    fresh.server_size = static_cast<std::uint8_t>(size);
    engine.shared.servers.remember_cookie(server, fresh, engine.now.monotonic);
  }
  return CookieVerdict::kGood;
}

Reply ended(Reply::Kind kind, unsigned rcode = 0) {
  Reply reply;
  reply.kind = kind;
  reply.rcode = rcode;
  return reply;
}

nanoseconds patience_for(const ServerState& state, bool tcp) {
  nanoseconds patience = state.retransmit_after();
  if (!tcp) return patience;
  return std::clamp<nanoseconds>(patience * 3, kMinTcpPatience, kMaxTcpPatience);
}

void count_end(Engine& engine, ExchangeEnd end) {
  switch (end) {
    case ExchangeEnd::kSilence: engine.counters.upstream_timeouts.add(); break;
    case ExchangeEnd::kUnreachable: case ExchangeEnd::kClosed: engine.counters.upstream_failures.add(); break;
    case ExchangeEnd::kForged: engine.counters.upstream_forged.add(); break;
    case ExchangeEnd::kMalformed: engine.counters.upstream_malformed.add(); break;
    case ExchangeEnd::kResponse: break;
  }
}

constexpr unsigned kFormErr = static_cast<unsigned>(Rcode::kFormErr);
constexpr unsigned kNotImp = static_cast<unsigned>(Rcode::kNotImp);
constexpr unsigned kServFail = static_cast<unsigned>(Rcode::kServFail);
constexpr unsigned kBadVers = static_cast<unsigned>(Rcode::kBadVers);

}  // namespace

Task<Reply> query_server(Engine& engine, Caller caller, const Delegation& delegation, const SocketAddress& server,
                         Name qname, RRType qtype) {
  Context& context = *caller.context;
  const ResolverSettings& settings = *context.settings;
  ServerState state = engine.shared.servers.find(server, delegation.zone, engine.now.monotonic);
  ServerCookie cookie = state.cookie;
  if (!state.has_cookie) cookie.client = engine.random<std::array<std::uint8_t, kClientCookieSize>>();
  Form form;
  form.edns = !state.no_edns;
  form.cookie = settings.cookies;
  form.random_case = settings.randomise_case;
  Reply last = ended(Reply::Kind::kError, kServFail);
  for (unsigned turn = 0; turn < kMaxTurns; ++turn) {
    const nanoseconds left = context.budget.deadline - engine.now.monotonic;
    if (context.budget.queries == 0 || left.count() <= 0) {
      engine.counters.budget_exhausted.add();
      co_return ended(Reply::Kind::kExhausted);
    }
    --context.budget.queries;
    engine.counters.upstream_queries.add();
    if (form.tcp) engine.counters.upstream_tcp.add();
    const QueryOctets query = build(engine, settings, form, delegation.recursive(), cookie, qname, qtype);
    const nanoseconds sent = engine.now.monotonic;
    const nanoseconds patience = std::min(left, patience_for(state, form.tcp));
    Engine::Exchange exchange(engine, form.tcp ? UpstreamTransport::kTcp : UpstreamTransport::kUdp, server,
                              query.view(), patience);
    const ExchangeEnd end = co_await exchange;
    count_end(engine, end);
    if (end == ExchangeEnd::kForged && !form.tcp) {
      form.tcp = true;
      continue;
    }
    if (end == ExchangeEnd::kMalformed) {
      last = ended(Reply::Kind::kError, kServFail);
      if (form.tcp) break;
      form.tcp = true;
      continue;
    }
    if (end != ExchangeEnd::kResponse) {
      // Its silence is as old as the wait was to be, however late that is seen.
      engine.shared.servers.silent(server, sent, std::min(engine.now.monotonic, sent + patience));
      // Who is unreachable has been told at once: it is passed over, and nobody has waited for it.
      const bool waited = end != ExchangeEnd::kUnreachable;
      co_return ended(waited ? Reply::Kind::kTimeout : Reply::Kind::kError, waited ? 0 : kServFail);
    }
    const Message& message = engine.incoming();
    if (!is_response_to(message, query, qtype, form.random_case)) {
      engine.counters.upstream_malformed.add();
      last = ended(Reply::Kind::kError, kServFail);
      if (form.tcp) break;
      form.tcp = true;
      continue;
    }
    engine.shared.servers.answered(server, engine.now.monotonic - sent, engine.now.monotonic);
    if (message.truncated() && !form.tcp) {
      form.tcp = true;
      continue;
    }
    if (message.truncated()) break;
    const unsigned rcode = message.rcode();
    if (form.edns && ((rcode == kFormErr || rcode == kNotImp) || rcode == kBadVers) && turn + 1 < kMaxTurns) {
      if (!message.edns().present) engine.shared.servers.no_edns(server, engine.now.monotonic);
      form.edns = false;
      continue;
    }
    if (form.edns && form.cookie) {
      const CookieVerdict verdict = check_cookie(engine, server, state, cookie);
      const bool refused = rcode == kBadCookie;
      if (verdict != CookieVerdict::kGood && !form.tcp) {
        engine.counters.upstream_forged.add(verdict == CookieVerdict::kForged);
        form.tcp = true;
        continue;
      }
      if (refused && !form.tcp) {
        ServerState fresh = engine.shared.servers.find(server, delegation.zone, engine.now.monotonic);
        form.tcp = turn != 0 || !fresh.has_cookie;
        cookie = fresh.has_cookie ? fresh.cookie : cookie;
        continue;
      }
    }
    Reply reply = interpret(message, {delegation.zone, delegation.recursive()}, qname, qtype);
    // Who looks for better than bogus data finds it at no server without EDNS: it sends no signatures.
    reply.doubtful = reply.doubtful || (context.hurry != 0 && !form.edns);
    co_return reply;
  }
  co_return last;
}

Reply query_local(Engine& engine, const Delegation& delegation, NameView qname, RRType qtype) {
  static constexpr ResolverSettings kPlain{};
  Form form;
  const QueryOctets query = build(engine, kPlain, form, false, {}, qname, qtype);
  std::vector<std::uint8_t> out(kMaxMessage);
  const std::size_t size = engine.local_zones->answer(query.view(), out);
  Message message;
  if (!message.parse(std::span(out).first(size)) || !is_response_to(message, query, qtype, false)) {
    return ended(Reply::Kind::kError, kServFail);
  }
  return interpret(message, {delegation.zone, false}, qname, qtype);
}

}  // namespace dotmesh
