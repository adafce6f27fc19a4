#include "dns/name.h"

#include <gtest/gtest.h>

#include <algorithm>

#include <vector>

namespace dotmesh {
namespace {

Name name(std::string_view text) {
  return Name::parse(text).value();
}

TEST(NameTest, ParsesAndPrints) {
  EXPECT_EQ(name("www.Example.org.").to_string(), "www.Example.org.");
  EXPECT_EQ(name(".").to_string(), ".");
  EXPECT_EQ(name("a\\.b.example.").to_string(), "a\\.b.example.");
  EXPECT_EQ(name("a\\032b\\255.").to_string(), "a\\032b\\255.");
  EXPECT_EQ(Name::parse("www", name("example.org.")).value().to_string(), "www.example.org.");
  EXPECT_EQ(Name::parse("@", name("example.org.")).value().to_string(), "example.org.");
}

TEST(NameTest, RefusesWhatIsNoName) {
  std::string long_label(64, 'a');
  for (const std::string& bad :
       {std::string(), std::string("a..b."), std::string(".a."), long_label + ".",
        std::string("a\\"), std::string("a\\25"), std::string("a\\256.")}) {
    EXPECT_FALSE(Name::parse(bad).has_value()) << bad;
  }
  std::string long_name;
  for (int i = 0; i < 127; i++) long_name += "a.";
  EXPECT_EQ(Name::parse(long_name).value().size(), kMaxNameLength);
  EXPECT_FALSE(Name::parse("a." + long_name).has_value());
  EXPECT_FALSE(Name::parse("b", name(long_name)).has_value());
  std::string label63(63, 'x');
  std::string four = label63 + "." + label63 + "." + label63 + ".";
  EXPECT_TRUE(Name::parse(four + std::string(61, 'y') + ".").has_value());
  EXPECT_FALSE(Name::parse(four + std::string(62, 'y') + ".").has_value());
}

TEST(NameTest, FromWireChecksEveryLength) {
  std::vector<std::uint8_t> good{3, 'w', 'w', 'w', 0, 9, 9};
  EXPECT_EQ(Name::from_wire(good)->to_string(), "www.");
  for (std::size_t cut = 0; cut < 5; cut++) {
    EXPECT_FALSE(Name::from_wire(std::span(good).first(cut)).has_value());
  }
  std::vector<std::uint8_t> pointer{0xc0, 0x0c};
  EXPECT_FALSE(Name::from_wire(pointer).has_value());
  std::vector<std::uint8_t> extended{0x41, 'a', 0};
  EXPECT_FALSE(Name::from_wire(extended).has_value());
}

TEST(NameTest, Relations) {
  EXPECT_EQ(name("WWW.example."), name("www.EXAMPLE."));
  EXPECT_TRUE(name("a.b.example.").view().is_below(name("Example.")));
  EXPECT_FALSE(name("bexample.").view().is_below(name("example.")));
  EXPECT_TRUE(name("x.").view().is_at_or_below(NameView()));
  EXPECT_EQ(name("a.b.c.").view().label_count(), 3U);
  EXPECT_EQ(name("a.b.c.").view().suffix(1), name("c."));
  EXPECT_TRUE(name("*.a.").view().is_wildcard());
  EXPECT_FALSE(name("**.a.").view().is_wildcard());
  EXPECT_EQ(*Name::replace_suffix(name("a.mesh."), name("mesh."), name("mesh.example.net.")),
            name("a.mesh.example.net."));
  EXPECT_FALSE(Name::replace_suffix(name("a.mesh."), name("b."), name("c.")).has_value());
}

TEST(NameTest, CanonicalOrderOfRfc4034) {
  // RFC 4034 section 6.1: the example list, in order.
  std::vector<Name> names{
      name("example."),         name("a.example."),      name("yljkjljk.a.example."),
      name("Z.a.example."),     name("zABC.a.EXAMPLE."), name("z.example."),
      name("\\001.z.example."), name("*.z.example."),    name("\\200.z.example.")};
  for (std::size_t i = 0; i < names.size(); i++) {
    for (std::size_t j = 0; j < names.size(); j++) {
      int order = compare_canonical(names[i], names[j]);
      EXPECT_EQ(order < 0, i < j);
      EXPECT_EQ(order == 0, i == j);
    }
  }
}

// Names on both sides of what stands in the object itself, copied, moved and assigned every way.
TEST(NameTest, ShortAndLongNamesKeepTheirOctetsWhereverTheyGo) {
  const std::string label(Name::kInline - 2, 'a');  // with length octet and root: as many as fit
  const std::vector<Name> names{name("."),
                                name("x.mesh."),
                                name(label + "."),
                                name(label + "b."),
                                name(label + ".mesh."),
                                name(label + "." + label + "." + label + "." + label + ".")};
  ASSERT_EQ(names[2].size(), Name::kInline);
  ASSERT_EQ(names[3].size(), Name::kInline + 1);
  for (const Name& from : names) {
    const std::string text = from.to_string();
    for (const Name& before : names) {
      Name copied = before;
      copied = from;
      EXPECT_EQ(copied.to_string(), text);
      Name moved = before;
      moved = std::move(copied);
      EXPECT_EQ(moved.to_string(), text);
      Name made(std::move(moved));
      EXPECT_EQ(made.to_string(), text);
      made = *&made;
      EXPECT_EQ(made.to_string(), text);
      EXPECT_EQ(made == before, text == before.to_string());
    }
  }
}

TEST(NameTest, LowersAndComparesEveryOctet) {
  for (unsigned octet = 1; octet < 256; ++octet) {
    // Behind a whole word of others, and as the last.
    std::vector<std::uint8_t> wire{
        9, '1', '2', '3', '4', '5', '6', '7', '8', static_cast<std::uint8_t>(octet), 0};
    const NameView view(wire.data(), wire.size());
    std::vector<std::uint8_t> lowered = wire;
    lowered[9] = lower_octet(wire[9]);
    EXPECT_TRUE(std::ranges::equal(Name::lowered(view).view().wire(), lowered)) << octet;
    EXPECT_EQ(view, NameView(lowered.data(), lowered.size())) << octet;
    EXPECT_EQ(NameHash()(view), NameHash()(NameView(lowered.data(), lowered.size()))) << octet;
    lowered[9] ^= 1;
    EXPECT_FALSE(view == NameView(lowered.data(), lowered.size())) << octet;
  }
}

}  // namespace
}  // namespace dotmesh
