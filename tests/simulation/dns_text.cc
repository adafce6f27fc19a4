#include "simulation/dns_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

extern "C" {
#include <libzscanner/scanner.h>
}

#include <algorithm>

#include "dns/message.h"
#include "dns/rdata.h"

namespace dotmesh::simulation {
namespace {

constexpr std::string_view kRcodeNames[] = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED",
                                            "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE"};

void put16(std::vector<std::uint8_t>& out, std::size_t value) {
  out.push_back(static_cast<std::uint8_t>(value >> 8));
  out.push_back(static_cast<std::uint8_t>(value));
}

void put(std::vector<std::uint8_t>& out, std::span<const std::uint8_t> octets) {
  out.insert(out.end(), octets.begin(), octets.end());
}

// RDATA with the letters of its names lowered.
std::vector<std::uint8_t> comparable(const PlainRecord& record) {
  std::vector<std::uint8_t> out = record.rdata;
  RdataName places[2];
  std::size_t count = rdata_names(record.type, out, places);
  for (std::size_t i = 0; i < count; i++) {
    auto first = out.begin() + places[i].offset;
    std::transform(first, first + places[i].size, first, lower_octet);
  }
  return out;
}

// How many words of a type's RDATA stand in front of one that blanks may divide anywhere; 0: none.
std::size_t words_before_blob(RRType type) {
  switch (type) {
    case RRType::kDS: case RRType::kCDS: case RRType::kDNSKEY: case RRType::kCDNSKEY: return 3;
    case RRType::kRRSIG: return 8;
    default: return 0;
  }
}

// The scanner takes blanks in base 64 between groups of four only; scenarios have them anywhere.
std::string joined_blob(std::string_view line) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at < line.size();) {
    std::size_t end = std::min(line.find_first_of(" \t()", at), line.size());
    if (end > at) words.emplace_back(line.substr(at, end - at));
    at = end + 1;
  }
  for (std::size_t i = 1; i < words.size(); i++) {
    auto type = parse_rr_type(words[i]);
    std::size_t blob = type ? words_before_blob(*type) : 0;
    if (!type) continue;  // TTL, class
    if (blob == 0 || words.size() <= i + 1 + blob || words[i + 1] == "\\#") break;
    auto first = words.begin() + static_cast<std::ptrdiff_t>(i + 1);
    auto tail = first + static_cast<std::ptrdiff_t>(blob);
    std::string octets = fmt::format("{}", fmt::join(tail, words.end(), ""));
    // Padding where none is due ("UNUSABLE=="): Deckard's reader overlooks it.
    std::size_t digits = octets.find('=');
    if (digits != std::string::npos && digits % 4 == 0) octets.resize(digits);
    return fmt::format("{} {} {}\n", fmt::join(words.begin(), first, " "), fmt::join(first, tail, " "), octets);
  }
  return fmt::format("{}\n", line);
}

void put_record(std::vector<std::uint8_t>& out, const PlainRecord& record) {
  put(out, record.owner.view().wire());
  put16(out, static_cast<std::uint16_t>(record.type));
  put16(out, record.rclass);
  put16(out, record.ttl >> 16);
  put16(out, record.ttl & 0xffff);
  put16(out, record.rdata.size());
  put(out, record.rdata);
}

// RFC 4034 section 4.1.2; what is malformed is left out.
std::string bitmap_text(std::span<const std::uint8_t> octets) {
  std::string out;
  while (octets.size() > 2 && octets.size() >= 2U + octets[1]) {
    for (unsigned bit = 0; bit < octets[1] * 8U; bit++) {
      if (octets[2 + bit / 8] & 0x80 >> bit % 8) {
        out += fmt::format(" {}", to_string(static_cast<RRType>(octets[0] << 8 | bit)));
      }
    }
    octets = octets.subspan(2U + octets[1]);
  }
  return out;
}

// What of a DNSSEC record matters to somebody who reads a trace; the octets of keys and hashes do not.
std::string dnssec_text(RRType type, std::span<const std::uint8_t> r) {
  if (type == RRType::kRRSIG && r.size() > 18) {
    NameView signer(&r[18], Name::from_wire(r.subspan(18)).value_or(Name()).size());
    return fmt::format("{} alg {} labels {} tag {} {} #{:02x}{:02x}", to_string(static_cast<RRType>(load16(r.data()))),
                       r[2], r[3], load16(&r[16]), signer.to_string(), r[r.size() - 2], r[r.size() - 1]);
  }
  if (type == RRType::kDS && r.size() > 4) return fmt::format("tag {} alg {} digest {}", load16(r.data()), r[2], r[3]);
  if (type == RRType::kDNSKEY && r.size() > 4) {
    return fmt::format("{} {} alg {} #{:02x}{:02x}", load16(r.data()), r[2], r[3], r[r.size() - 2], r[r.size() - 1]);
  }
  if (type == RRType::kNSEC) {
    if (auto next = Name::from_wire(r)) return next->to_string() + bitmap_text(r.subspan(next->size()));
  }
  if (type == RRType::kNSEC3 && r.size() > 5 && r.size() > 6U + r[4] && r.size() >= 6U + r[4] + r[5U + r[4]]) {
    auto hash = r.subspan(6U + r[4], r[5U + r[4]]);
    return fmt::format("flags {} iterations {} ..{:02x}{}", r[1], load16(&r[2]), hash.empty() ? 0 : hash.back(),
                       bitmap_text(r.subspan(6U + r[4] + hash.size())));
  }
  return rdata_to_string(type, r);
}

}  // namespace

std::string PlainRecord::to_string() const {
  return fmt::format("{} {} {} {}", owner.to_string(), ttl, dotmesh::to_string(type), dnssec_text(type, rdata));
}

bool same_record(const PlainRecord& a, const PlainRecord& b) {
  return a.type == b.type && a.rclass == b.rclass && a.owner.view() == b.owner.view() &&
         a.rdata.size() == b.rdata.size() && comparable(a) == comparable(b);
}

std::vector<std::uint8_t> PlainMessage::to_wire() const {
  std::vector<std::uint8_t> out;
  put16(out, id);
  put16(out, flags | opcode << 11 | (rcode & 0x0f));
  put16(out, questions.size());
  for (std::size_t s = 0; s < 3; s++) put16(out, sections[s].size() + (s == 2 && edns ? 1 : 0));
  for (const PlainQuestion& question : questions) {
    put(out, question.name.view().wire());
    put16(out, static_cast<std::uint16_t>(question.type));
    put16(out, question.qclass);
  }
  for (const auto& records : sections) {
    for (const PlainRecord& record : records) put_record(out, record);
  }
  if (edns) {
    out.push_back(0);
    put16(out, static_cast<std::uint16_t>(RRType::kOPT));
    put16(out, udp_payload);
    put16(out, (rcode >> 4) << 8 | edns_version);
    put16(out, dnssec_ok ? 0x8000 : 0);
    put16(out, 0);
  }
  return out;
}

std::string PlainMessage::to_string() const {
  std::string out = rcode_to_string(rcode);
  if (opcode != 0) out += fmt::format(" opcode {}", opcode);
  constexpr std::pair<std::uint16_t, std::string_view> kNames[] = {
      {kQr, "QR"}, {kAa, "AA"}, {kTc, "TC"}, {kRd, "RD"}, {kRa, "RA"}, {kAd, "AD"}, {kCd, "CD"}};
  for (auto [flag, name] : kNames) {
    if (flags & flag) out += fmt::format(" {}", name);
  }
  if (dnssec_ok) out += " DO";
  for (const PlainQuestion& q : questions) {
    out += fmt::format("\n      ? {} {}", q.name.to_string(), dotmesh::to_string(q.type));
  }
  constexpr std::string_view kSections[] = {"AN", "NS", "AR"};
  for (std::size_t s = 0; s < 3; s++) {
    for (const PlainRecord& record : sections[s]) out += fmt::format("\n      {} {}", kSections[s], record.to_string());
  }
  return out;
}

std::optional<PlainMessage> read_message(std::span<const std::uint8_t> wire) {
  Message message;
  if (!message.parse(wire)) return std::nullopt;
  PlainMessage out;
  out.id = message.id();
  out.flags = static_cast<std::uint16_t>((message.flags_high() << 8 | message.flags_low()) & kAllFlags);
  out.opcode = message.opcode();
  out.rcode = message.rcode();
  out.edns = message.edns().present;
  out.edns_version = message.edns().version;
  out.udp_payload = message.edns().udp_payload;
  out.dnssec_ok = message.edns().dnssec_ok;
  if (message.has_question()) out.questions.push_back({message.qname(), message.qtype(), message.qclass()});
  for (const Message::Record& r : message.records()) {
    auto rdata = message.rdata(r);
    out.section(r.section).push_back({message.owner(r), r.type, r.rclass, r.ttl, {rdata.begin(), rdata.end()}});
  }
  return out;
}

std::string rcode_to_string(unsigned rcode) {
  if (rcode == 16) return "BADVERS";
  return rcode < std::size(kRcodeNames) ? std::string(kRcodeNames[rcode]) : fmt::format("RCODE{}", rcode);
}

std::optional<unsigned> parse_rcode(std::string_view text) {
  if (text == "BADVERS") return 16;
  auto at = std::ranges::find(kRcodeNames, text);
  if (at == std::end(kRcodeNames)) return std::nullopt;
  return static_cast<unsigned>(at - std::begin(kRcodeNames));
}

struct RecordText::State {
  std::unique_ptr<zs_scanner_t> scanner;

  ~State() { close(); }
  void close() {
    if (scanner) zs_deinit(scanner.get());
    scanner.reset();
  }
  bool open() {
    if (scanner) return true;
    scanner = std::make_unique<zs_scanner_t>();
    if (zs_init(scanner.get(), ".", 1, 3600) == 0) return true;
    scanner.reset();
    return false;
  }
};

RecordText::RecordText() : state_(std::make_unique<State>()) {}
RecordText::~RecordText() = default;

Result<PlainRecord> RecordText::parse(std::string_view line) {
  State& s = *state_;
  if (!s.open()) return fail("the scanner cannot be made");
  std::string text = joined_blob(line);
  bool read = zs_set_input_string(s.scanner.get(), text.data(), text.size()) == 0 &&
              zs_parse_record(s.scanner.get()) == 0 && s.scanner->state == ZS_STATE_DATA;
  if (!read || s.scanner->multiline) {
    std::string why = read ? "a parenthesis is left open" : zs_strerror(s.scanner->error.code);
    s.close();  // an error may leave it in the middle of a record
    return fail(fmt::format("\"{}\" is not a record: {}", line, why));
  }
  const zs_scanner_t& r = *s.scanner;
  PlainRecord out;
  out.owner = NameView(r.r_owner, r.r_owner_length);
  out.type = static_cast<RRType>(r.r_type);
  out.rclass = r.r_class;
  out.ttl = r.r_ttl;
  out.rdata.assign(r.r_data, r.r_data + r.r_data_length);
  // Each line stands alone: without this a line without TTL would get the one of the line before.
  s.scanner->default_ttl = 3600;
  return out;
}

}  // namespace dotmesh::simulation
