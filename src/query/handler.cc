#include "query/handler.h"

#include <algorithm>
#include <array>

#include "authority/answerer.h"

namespace dotmesh {
namespace {

// What the client and the transport allow (RFC 1035 section 4.2.1, RFC 6891 section 6.2.3).
std::size_t response_limit(const QueryHandler::Slot& slot, std::size_t room) {
  if (slot.transport == Transport::kTcp) return std::min(room, kMaxMessage);
  std::size_t asked = slot.message.edns.present ? slot.message.edns.udp_payload : kMinUdpPayload;
  return std::min({asked, kMaxUdpResponse, room});
}

}  // namespace

bool QueryHandler::begin(Slot& slot, std::span<const std::uint8_t> query, const ClientInfo& client) {
  slot.transport = client.transport;
  slot.zone = nullptr;
  slot.verdict = slot.message.parse(query);
  if (slot.verdict == QueryVerdict::kDrop) return false;
  if (slot.verdict == QueryVerdict::kAnswer && generation_ != nullptr) {
    slot.zone = generation_->zones.find(slot.message.qname);
    if (slot.zone != nullptr) {
      std::uint64_t hash = slot.message.qname.hash();
      slot.zone->data().shard_of(hash).prefetch_slot(hash);
    }
  }
  return true;
}

void QueryHandler::fetch(Slot& slot) {
  if (slot.zone == nullptr) return;
  std::uint64_t hash = slot.message.qname.hash();
  slot.zone->data().shard_of(hash).prefetch_node(hash);
}

std::size_t QueryHandler::finish(Slot& slot, std::span<const std::uint8_t> query, std::span<std::uint8_t> out) {
  ResponseWriter writer(out, response_limit(slot, out.size()), query, slot.message);
  writer.set_nsid(identity_.name);
  answer(slot, writer);
  return writer.finish();
}

void QueryHandler::answer(Slot& slot, ResponseWriter& writer) {
  const QueryMessage& message = slot.message;
  if (slot.verdict == QueryVerdict::kNotImp) return writer.set_rcode(Rcode::kNotImp);
  if (slot.verdict == QueryVerdict::kFormErr) return writer.set_rcode(Rcode::kFormErr);
  if (message.edns.present && message.edns.version != 0) return writer.set_rcode(Rcode::kBadVers);
  switch (static_cast<RRClass>(message.qclass)) {
    case RRClass::kIN: case RRClass::kANY: return answer_internet(slot, writer);
    case RRClass::kCH: return answer_chaos(slot, writer);
    default: return writer.set_rcode(Rcode::kRefused);
  }
}

void QueryHandler::answer_internet(Slot& slot, ResponseWriter& writer) {
  switch (slot.message.qtype) {
    case RRType::kOPT: case RRType::kTSIG: case RRType::kTKEY:
      return writer.set_rcode(Rcode::kFormErr);  // records of messages, never asked for
    case RRType::kAXFR: case RRType::kIXFR:
      return writer.set_rcode(Rcode::kRefused);  // zones are in git for everyone to fetch
    case RRType::kMAILA: case RRType::kMAILB:
      return writer.set_rcode(Rcode::kNotImp);
    default: break;
  }
  if (generation_ == nullptr) {
    writer.set_extended_error(ExtendedError::kNotReady);
    return writer.set_rcode(Rcode::kServFail);
  }
  Answerer(generation_->zones, slot.message, writer).answer();
  // RFC 1034 section 6.2: an answer to class ANY can never be authoritative.
  if (static_cast<RRClass>(slot.message.qclass) == RRClass::kANY) writer.set_authoritative(false);
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
