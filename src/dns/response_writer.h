// ResponseWriter: builds one response in place, in the order of the wire: header, question, records
// by section, OPT. It never writes past the limit that the client and the transport allow: a record
// set that does not fit is left out whole and the caller is told.
// Names are compressed (RFC 1035 section 4.1.4) in owners and in the RDATA types that RFC 3597 allows.
//
// No allocation. Names given to it must live until finish(). One thread.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "dns/name.h"
#include "dns/query_message.h"
#include "dns/rr_type.h"
#include "dns/wire.h"

namespace dotmesh {

enum class Section : std::uint8_t { kAnswer, kAuthority, kAdditional };

class ResponseWriter {
 public:
  // Starts the response to `query`, whose octets are `message`, in `out`; no more than `limit` octets
  // will be written (limit <= out.size(), at least kMinUdpPayload). The question is copied as it was
  // sent when query.has_question.
  ResponseWriter(std::span<std::uint8_t> out, std::size_t limit, std::span<const std::uint8_t> message,
                 const QueryMessage& query);

  void set_rcode(Rcode rcode) { rcode_ = rcode; }
  Rcode rcode() const { return rcode_; }
  void set_authoritative(bool on) { authoritative_ = on; }
  void set_recursion_available(bool on) { recursion_available_ = on; }
  void set_authenticated(bool on) { authenticated_ = on; }
  void set_extended_error(ExtendedError error) { extended_error_ = error; }
  // Sent when the client asked for NSID; at most kMaxNsid octets; must live until finish().
  void set_nsid(std::string_view nsid) { nsid_ = nsid.substr(0, kMaxNsid); }

  // Client and server cookie (RFC 7873), sent when the query had one; at most kMaxCookie octets; must
  // live until finish().
  void set_cookie(std::span<const std::uint8_t> cookie) { cookie_ = cookie.first(std::min(cookie.size(), kMaxCookie)); }

  // Records prepared behind the owner pointer C0 0C, of which the question's name is the owner: one
  // copy. False when they do not fit.
  bool add_prepared(Section section, std::span<const std::uint8_t> records, std::size_t count);
  // The same octets under any owner and with compressed RDATA; TTLs above `ttl_cap` are lowered to it.
  bool add_records(Section section, NameView owner, RRType type, std::span<const std::uint8_t> records,
                   std::size_t count, std::uint32_t ttl_cap = 0xffffffff);
  // One record from its parts.
  bool add_record(Section section, NameView owner, RRType type, std::uint16_t rclass, std::uint32_t ttl,
                  std::span<const std::uint8_t> rdata);
  // Room for `size` octets of one record that the caller fills in; null when it does not fit.
  std::uint8_t* add_space(Section section, std::size_t size);

  // For records that the caller writes itself: where they go, at most; and then how many they were.
  std::span<std::uint8_t> room() { return {out_ + size_, limit_ - size_}; }
  void add_written(std::size_t size, std::uint16_t answers, std::uint16_t authorities) {
    size_ += size;
    counts_[static_cast<std::size_t>(Section::kAnswer)] += answers;
    counts_[static_cast<std::size_t>(Section::kAuthority)] += authorities;
  }
  // What has been written behind the question.
  std::span<const std::uint8_t> records() const { return {out_ + records_at_, size_ - records_at_}; }

  // Throws away all records and sets TC.
  void truncate();
  // Throws away all records and what was said about them (RCODE, AA, AD, TC, extended error), to begin
  // again.
  void restart();
  // Sets TC, keeps what is there.
  void set_truncated() { truncated_ = true; }
  bool truncated() const { return truncated_; }
  std::size_t count(Section section) const { return counts_[static_cast<std::size_t>(section)]; }
  std::size_t size() const { return size_; }

  // Writes OPT and the header; the response's size. Call once.
  std::size_t finish();

  static constexpr std::size_t kMaxNsid = 128;
  static constexpr std::size_t kMaxCookie = 24;  // RFC 9018: 8 of the client, 16 of the server
  static constexpr std::uint16_t kUdpPayload = 1232;  // what we take: fits every path without fragments

 private:
  // A name that stands in the message and to which a pointer may lead.
  struct Target {
    const std::uint8_t* name;
    std::uint16_t offset;
    std::uint8_t size;
  };
  // Further names than these are written without becoming targets: bounded work for a huge RRset.
  static constexpr std::size_t kMaxTargets = 48;
  static constexpr std::size_t kMaxPointerOffset = 0x3fff;

  bool has_room(std::size_t size) const { return limit_ - size_ >= size; }
  bool put(const std::uint8_t* bytes, std::size_t size);
  bool put_name(NameView name);
  bool put_rdata(RRType type, std::span<const std::uint8_t> rdata);
  void put_opt();

  std::uint8_t* out_;
  std::size_t limit_;        // for records; OPT's room is kept apart
  std::size_t size_ = 0;
  std::size_t records_at_;   // where the question ends
  const QueryMessage& query_;
  std::array<std::uint16_t, 3> counts_{};
  std::array<Target, kMaxTargets> targets_;
  std::size_t target_count_ = 0;
  std::size_t question_targets_ = 0;
  std::string_view nsid_;
  std::span<const std::uint8_t> cookie_;
  Rcode rcode_ = Rcode::kNoError;
  ExtendedError extended_error_ = ExtendedError::kNone;
  bool authoritative_ = false;
  bool recursion_available_ = false;
  bool authenticated_ = false;
  bool truncated_ = false;
};

}  // namespace dotmesh
