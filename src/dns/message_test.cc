#include "dns/message.h"

#include <gtest/gtest.h>

#include <string>

namespace dotmesh {
namespace {

using Octets = std::vector<std::uint8_t>;

Octets header(unsigned questions, unsigned answers, unsigned authority = 0, unsigned additional = 0) {
  Octets out(kHeaderSize);
  out[2] = kFlagQr;
  store16(&out[4], static_cast<std::uint16_t>(questions));
  store16(&out[6], static_cast<std::uint16_t>(answers));
  store16(&out[8], static_cast<std::uint16_t>(authority));
  store16(&out[10], static_cast<std::uint16_t>(additional));
  return out;
}

void put(Octets& out, const std::string& octets) { out.insert(out.end(), octets.begin(), octets.end()); }

void put_record(Octets& out, const std::string& owner, unsigned type, const std::string& rdata, unsigned ttl = 60) {
  put(out, owner);
  Octets fixed(10);
  store16(&fixed[0], static_cast<std::uint16_t>(type));
  store16(&fixed[2], 1);
  store32(&fixed[4], ttl);
  store16(&fixed[8], static_cast<std::uint16_t>(rdata.size()));
  out.insert(out.end(), fixed.begin(), fixed.end());
  put(out, rdata);
}

const std::string kRoot(1, '\0');
const std::string kQuestion = std::string("\1a\3com\0", 7) + std::string("\0\1\0\1", 4);
const std::string kPointerToName("\xc0\x0c", 2);

TEST(Message, NamesInRdataAreDecompressed) {
  Octets m = header(1, 1);
  put(m, kQuestion);
  put_record(m, kPointerToName, 15, std::string("\0\5\1x\xc0\x0e", 6));  // MX 5 x.com.
  Message message;
  ASSERT_TRUE(message.parse(m));
  ASSERT_EQ(message.records().size(), 1U);
  EXPECT_EQ(message.owner(message.records()[0]).to_string(), "a.com.");
  EXPECT_EQ(rdata_name(message.rdata(message.records()[0]), 2).to_string(), "x.com.");
}

TEST(Message, RRsetsCarryTheirSignaturesAndNoDuplicates) {
  Octets m = header(1, 4);
  put(m, kQuestion);
  put_record(m, kPointerToName, 1, "\1\2\3\4", 60);
  put_record(m, kPointerToName, 1, "\1\2\3\4", 60);
  put_record(m, kPointerToName, 1, "\1\2\3\5", 30);
  put_record(m, kPointerToName, 46, std::string("\0\1", 2) + std::string(16, '\1') + kRoot + "sig", 50);
  Message message;
  ASSERT_TRUE(message.parse(m));
  auto sets = message.rrsets(Section::kAnswer);
  ASSERT_EQ(sets.size(), 1U);
  EXPECT_EQ(sets[0].rdata.count(), 2U);
  EXPECT_EQ(sets[0].signatures.count(), 1U);
  EXPECT_EQ(sets[0].ttl, 30U);
}

TEST(Message, PointersThatDoNotLeadBackwards) {
  for (std::string name : {std::string("\xc0\x0c", 2), std::string("\xc0\x20", 2), std::string("\1x\xc0\x0c", 4),
                           std::string("\xc0\x00", 2), std::string("\xff\xff", 2)}) {
    Octets m = header(1, 0);
    put(m, name + std::string("\0\1\0\1", 4));
    Message message;
    EXPECT_FALSE(message.parse(m));
    EXPECT_TRUE(message.has_header());
    EXPECT_FALSE(message.has_question());
  }
}

TEST(Message, EveryPrefixIsRefusedOrRead) {
  Octets m = header(1, 1, 0, 1);
  put(m, kQuestion);
  put_record(m, kPointerToName, 6, std::string("\xc0\x0c\xc0\x0c", 4) + std::string(20, '\1'));
  put_record(m, kRoot, 41, std::string("\0\x0a\0\x08", 4) + "cookie12");
  Message message;
  ASSERT_TRUE(message.parse(m));
  EXPECT_EQ(message.edns().cookie.size(), 8U);
  for (std::size_t size = 0; size < m.size(); ++size) {
    EXPECT_FALSE(message.parse(std::span(m).first(size))) << size;
  }
}

// A small message of pointers to one long name would be many times as large: it is refused, not expanded.
TEST(Message, CompressionBomb) {
  Octets m = header(1, 900);
  std::string name;
  for (int i = 0; i < 3; ++i) name += std::string(1, 63) + std::string(63, 'x');
  name += std::string(1, 61) + std::string(61, 'x') + kRoot;
  put(m, name + std::string("\0\1\0\1", 4));
  for (int i = 0; i < 900; ++i) {
    std::string rdata;
    for (int j = 0; j < 2; ++j) rdata += kPointerToName;
    put_record(m, kPointerToName, 17, rdata);  // RP: two names
  }
  Message message;
  EXPECT_FALSE(message.parse(m));
}

TEST(Message, MoreRecordsThanAnyoneSends) {
  Octets m = header(0, 2000);
  for (int i = 0; i < 2000; ++i) put_record(m, kRoot, 16, "");
  Message message;
  EXPECT_FALSE(message.parse(m));
}

TEST(Message, AddressesOfTheWrongSize) {
  for (const char* rdata : {"", "\1\2\3", "\1\2\3\4\5"}) {
    Octets m = header(0, 1);
    put_record(m, kRoot, 1, rdata);
    Message message;
    EXPECT_FALSE(message.parse(m)) << std::string(rdata).size();
  }
}

TEST(Message, TtlsWithTheSignBitAreNought) {
  Octets m = header(0, 1);
  put_record(m, kRoot, 1, "\1\2\3\4", 0x80000001);
  Message message;
  ASSERT_TRUE(message.parse(m));
  EXPECT_EQ(message.records()[0].ttl, 0U);
}

}  // namespace
}  // namespace dotmesh
