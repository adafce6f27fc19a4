#include "dns/lookup_name.h"

#include <gtest/gtest.h>

#include <unordered_set>
#include <vector>

namespace dotmesh {
namespace {

TEST(LookupNameTest, LowersEveryOctetAsTheTableDoes) {
  for (int c = 0; c < 256; c++) {
    std::uint64_t word = 0x0101010101010101ULL * static_cast<unsigned>(c);
    std::uint64_t expected = 0x0101010101010101ULL * lower_octet(static_cast<std::uint8_t>(c));
    EXPECT_EQ(lower_word(word), expected) << c;
  }
}

TEST(LookupNameTest, SuffixHashesAreThoseOfTheNamesThemselves) {
  LookupName name(Name::parse("Host-With-A-Long-Label.Sub.EXAMPLE.org.").value());
  EXPECT_EQ(name.label_count(), 4U);
  for (std::size_t labels = 0; labels <= 4; labels++) {
    LookupName suffix(name.suffix(labels));
    EXPECT_EQ(suffix.hash(), name.suffix_hash(labels));
    EXPECT_EQ(suffix.label_count(), labels);
  }
  EXPECT_EQ(LookupName(Name::parse("*.example.").value()).hash(),
            wildcard_hash(LookupName(Name::parse("example.").value()).hash()));
}

TEST(LookupNameTest, LabelBordersCount) {
  std::unordered_set<std::uint64_t> hashes;
  for (const char* text : {"ab.c.", "a.bc.", "abc.", "a.b.c.", "c.ab.", "abc\\000.", "ab.c\\000."}) {
    EXPECT_TRUE(hashes.insert(LookupName(Name::parse(text).value()).hash()).second) << text;
  }
}

TEST(LookupNameTest, RefusesMalformedWire) {
  LookupName name;
  std::vector<std::uint8_t> good{1, 'a', 0};
  EXPECT_EQ(name.assign_wire(good.data(), 3), 3U);
  EXPECT_EQ(name.assign_wire(good.data(), 2), 0U);
  EXPECT_EQ(name.assign_wire(good.data(), 0), 0U);
  std::vector<std::uint8_t> pointer{0xc0, 12};
  EXPECT_EQ(name.assign_wire(pointer.data(), 2), 0U);
  std::vector<std::uint8_t> too_long;
  for (int i = 0; i < 128; i++) too_long.insert(too_long.end(), {1, 'a'});
  too_long.push_back(0);
  EXPECT_EQ(name.assign_wire(too_long.data(), too_long.size()), 0U);
}

}  // namespace
}  // namespace dotmesh
