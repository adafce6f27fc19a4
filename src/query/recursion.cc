#include "query/recursion.h"

#include <netinet/in.h>

#include <algorithm>
#include <cstring>

#include "query/prepared_answer.h"
#include "query/resolved_response.h"

namespace dotmesh {
namespace {

// One client: an IPv4 address, or an IPv6 /64, which is what one household has.
std::uint64_t client_number(const sockaddr* client) {
  std::uint64_t number = 0;
  if (client == nullptr) return number;
  if (client->sa_family == AF_INET6) {
    std::memcpy(&number, &reinterpret_cast<const sockaddr_in6*>(client)->sin6_addr, sizeof number);
  } else {
    std::memcpy(&number, &reinterpret_cast<const sockaddr_in*>(client)->sin_addr, 4);
  }
  return number;
}

ClientQuestion question_of(const QueryMessage& query, std::span<const std::uint8_t> message) {
  ClientQuestion question;
  question.qname = NameView(message.data() + kHeaderSize, query.qname.size());
  question.qtype = query.qtype;
  question.dnssec_ok = query.edns.dnssec_ok;
  question.checking_disabled = (query.flags_low & kFlagCd) != 0;
  return question;
}

}  // namespace

Recursion::Recursion(std::shared_ptr<const ResolverSettings> settings, ResolverShared& shared, Upstream& upstream,
                     const ResolverClock& clock, std::string_view nsid, AnswerCache* answers)
    : clock_(clock),
      nsid_(nsid),
      answers_(answers),
      scratch_(std::make_unique_for_overwrite<std::array<std::uint8_t, kMaxMessage>>()),
      resolver_(std::move(settings), shared, upstream, *this) {}

Recursion::~Recursion() = default;

std::size_t Recursion::ask(const RecursionRequest& request, std::span<std::uint8_t> out, std::uint32_t& ticket) {
  std::uint64_t client = client_number(request.client);
  if (!may_wait(request, client)) return fail(request, ExtendedError::kOther, out);
  std::uint32_t index = take_place();
  counters_.asked.add();
  Asking asking{index, request, out};
  asking_ = &asking;
  resolver_.resolve(index, question_of(request.query, request.message), time());
  asking_ = nullptr;
  if (asking.size != 0) {
    free_.push_back(index);
    if (request.refresh) resolver_.refresh(question_of(request.query, request.message), time());
    return asking.size;
  }
  counters_.answered_later.add();
  keep(index, request, client);
  ticket = index;
  return kAnswerLater;
}

std::uint32_t Recursion::take_place() {
  if (free_.empty()) {
    table_.push_back(std::make_unique<Waiting>());
    return static_cast<std::uint32_t>(table_.size() - 1);
  }
  std::uint32_t index = free_.back();
  free_.pop_back();
  return index;
}

bool Recursion::may_wait(const RecursionRequest& request, std::uint64_t client) {
  if (waiting_ >= kMaxWaiting) {
    counters_.refused_full.add();
    return false;
  }
  auto found = of_client_.find(client);
  std::size_t most = request.client_class == ClientClass::kPublic ? kMaxWaitingPublic : kMaxWaitingMesh;
  if (found == of_client_.end() || found->second < most) return true;
  counters_.refused_client.add();
  return false;
}

void Recursion::keep(std::uint32_t index, const RecursionRequest& request, std::uint64_t client) {
  Waiting& waiting = *table_[index];
  std::size_t size = kHeaderSize + request.query.question_size;
  std::memcpy(waiting.message.data(), request.message.data(), size);
  std::memset(waiting.message.data() + 6, 0, 6);  // the question is all that follows the header
  waiting.message_size = static_cast<std::uint16_t>(size);
  waiting.edns = request.query.edns;
  waiting.cookie_size = static_cast<std::uint8_t>(std::min(request.cookie.size(), waiting.cookie.size()));
  std::copy_n(request.cookie.begin(), waiting.cookie_size, waiting.cookie.begin());  // may be empty
  waiting.limit = static_cast<std::uint16_t>(request.limit);
  waiting.client = client;
  waiting.client_class = request.client_class;
  waiting.limited = request.limited;
  waiting.limit_key = request.limit_key;
  waiting.query_size = static_cast<std::uint16_t>(request.message.size());
  waiting.transport = request.transport;
  waiting.since = now_;
  waiting.place = {};
  ++of_client_[client];
  ++waiting_;
}

void Recursion::wait(std::uint32_t ticket, ReplyPlace place) { table_[ticket]->place = place; }

std::size_t Recursion::abandon(std::uint32_t /*ticket*/, const RecursionRequest& request,
                               std::span<std::uint8_t> out) {
  // Its place in the table stays taken until the core has answered.
  counters_.refused_full.add();
  return fail(request, ExtendedError::kOther, out);
}

void Recursion::release(std::uint32_t index) {
  auto client = of_client_.find(table_[index]->client);
  if (--client->second == 0) of_client_.erase(client);
  --waiting_;
  free_.push_back(index);
}

std::size_t Recursion::fail(const RecursionRequest& request, ExtendedError error, std::span<std::uint8_t> out) const {
  ResponseWriter writer(out, request.limit, request.message, request.query);
  writer.set_nsid(nsid_);
  writer.set_cookie(request.cookie);
  writer.set_recursion_available(true);
  writer.set_rcode(Rcode::kServFail);
  writer.set_extended_error(error);
  return writer.finish();
}

std::size_t Recursion::respond(const QueryMessage& query, const ResolvedAnswer& answer, ResponseWriter& writer) {
  write_resolved(query, answer, writer);
  if (answers_ != nullptr) keep_prepared(*answers_, query, answer, zones_.get(), seconds_, writer);
  return writer.finish();
}

void Recursion::on_answer(AnswerToken token, const ClientQuestion& /*question*/, const ResolvedAnswer& answer) {
  if (asking_ != nullptr && asking_->token == token) {
    const RecursionRequest& request = asking_->request;
    ResponseWriter writer(asking_->out, request.limit, request.message, request.query);
    writer.set_nsid(nsid_);
    writer.set_cookie(request.cookie);
    asking_->size = respond(request.query, answer, writer);
    return;
  }
  auto index = static_cast<std::uint32_t>(token);
  if (table_[index]->place.transport != nullptr) reply_later(*table_[index], answer);
  release(index);
}

void Recursion::reply_later(const Waiting& waiting, const ResolvedAnswer& answer) {
  QueryMessage query;
  auto message = std::span(waiting.message).first(waiting.message_size);
  query.parse(message);
  query.edns = waiting.edns;
  auto cookie = std::span(waiting.cookie).first(waiting.cookie_size);
  ResponseWriter writer(*scratch_, waiting.limit, message, query);
  writer.set_nsid(nsid_);
  writer.set_cookie(cookie);
  std::size_t size = respond(query, answer, writer);
  if (waiting.limited && limit_ != nullptr) {
    auto verdict = limit_->judge(waiting.limit_key, waiting.client_class, waiting.query_size, size);
    if (verdict == AmplificationLimit::Verdict::kDrop) size = 0;
    if (verdict == AmplificationLimit::Verdict::kTruncate) {
      ResponseWriter empty(*scratch_, waiting.limit, message, query);
      empty.set_recursion_available(true);
      empty.set_cookie(cookie);
      empty.set_truncated();
      size = empty.finish();
    }
  }
  if (size != 0 && query_counters_ != nullptr) count_later(waiting);
  waiting.place.transport->reply(waiting.place.ticket, std::span(*scratch_).first(size));
}

// Of the response in scratch_.
void Recursion::count_later(const Waiting& waiting) {
  query_counters_->count(waiting.transport, AnswerSource::kResolver, waiting.client_class, (*scratch_)[3] & 0x0f);
  query_counters_->resolved_in.add(now_ - waiting.since);
}

void Recursion::on_response(ExchangeId id, std::span<const std::uint8_t> message) {
  resolver_.on_response(id, message, time());
}

void Recursion::on_failure(ExchangeId id, UpstreamFailure failure) {
  resolver_.on_failure(id, failure, time());
}

std::optional<Clock::Monotonic> Recursion::next_timer() const {
  auto timer = resolver_.next_timer();
  if (!timer) return std::nullopt;
  return clock_.monotonic(*timer);
}

void Recursion::on_time() { resolver_.on_time(time()); }

}  // namespace dotmesh
