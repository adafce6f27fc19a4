#include "query/server_cookie.h"

#include <gtest/gtest.h>

#include "base/socket_address.h"

namespace dotmesh {
namespace {

std::vector<std::uint8_t> octets(std::string_view hex) {
  std::vector<std::uint8_t> out;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    out.push_back(static_cast<std::uint8_t>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return out;
}

ServerCookies::Secret secret(std::string_view hex) { return ServerCookies::parse_secret(hex).value(); }

constexpr std::string_view kSecret = "e5e973e5a6b2a43f48e7dc849e37bfcf";
constexpr std::string_view kOther = "445536bcd2513298075a5d379663c962";

std::vector<std::uint8_t> reply(const ServerCookies::Checked& checked) {
  return {checked.reply.begin(), checked.reply.end()};
}

const SocketAddress kClient = SocketAddress::parse("198.51.100.100", 53).value();

// The reference vector of SipHash-2-4: key 00..0f, input 00..0e.
TEST(SipHashTest, Reference) {
  std::array<std::uint8_t, 16> key;
  std::array<std::uint8_t, 15> input;
  for (std::uint8_t i = 0; i < 16; i++) key[i] = i;
  for (std::uint8_t i = 0; i < 15; i++) input[i] = i;
  EXPECT_EQ(siphash24(key, input), 0xa129ca6149be45e5u);
}

// RFC 9018 appendix A.1.
TEST(ServerCookieTest, LearningANewServer) {
  ServerCookies cookies({secret(kSecret)});
  auto checked = cookies.check(octets("2464c4abcf10c957"), kClient.get(), 1559731985);
  EXPECT_FALSE(checked.valid);
  EXPECT_EQ(reply(checked), octets("2464c4abcf10c957010000005cf79f111f8130c3eee29480"));
}

// RFC 9018 appendix A.2: the same client 40 minutes later gets a fresh one.
TEST(ServerCookieTest, RenewedAfterHalfAnHour) {
  ServerCookies cookies({secret(kSecret)});
  auto shown = octets("2464c4abcf10c957010000005cf79f111f8130c3eee29480");
  auto soon = cookies.check(shown, kClient.get(), 1559731985 + 60);
  EXPECT_TRUE(soon.valid);
  EXPECT_EQ(reply(soon), shown);
  auto later = cookies.check(shown, kClient.get(), 1559734385);
  EXPECT_TRUE(later.valid);
  EXPECT_EQ(reply(later), octets("2464c4abcf10c957010000005cf7a871d4a564a1442aca77"));
}

TEST(ServerCookieTest, TooOldTooNewOrSomebodyElses) {
  ServerCookies cookies({secret(kSecret)});
  auto shown = octets("2464c4abcf10c957010000005cf79f111f8130c3eee29480");
  EXPECT_TRUE(cookies.check(shown, kClient.get(), 1559731985 + 3600).valid);
  EXPECT_FALSE(cookies.check(shown, kClient.get(), 1559731985 + 3601).valid);
  EXPECT_TRUE(cookies.check(shown, kClient.get(), 1559731985 - 300).valid);
  EXPECT_FALSE(cookies.check(shown, kClient.get(), 1559731985 - 301).valid);
  EXPECT_FALSE(cookies.check(shown, SocketAddress::parse("198.51.100.101", 53).value().get(), 1559731985).valid);
  for (std::size_t i = 0; i < shown.size(); i++) {
    auto changed = shown;
    changed[i] ^= 1;
    EXPECT_FALSE(cookies.check(changed, kClient.get(), 1559731985).valid) << i;
  }
  shown.push_back(0);
  EXPECT_FALSE(cookies.check(shown, kClient.get(), 1559731985).valid);
}

// Roll-over: the old secret is accepted, and what is given out is made with the new one.
TEST(ServerCookieTest, TwoSecrets) {
  ServerCookies both({secret(kOther), secret(kSecret)});
  auto shown = octets("2464c4abcf10c957010000005cf79f111f8130c3eee29480");
  auto checked = both.check(shown, kClient.get(), 1559731985);
  EXPECT_TRUE(checked.valid);
  EXPECT_NE(reply(checked), shown);
  EXPECT_TRUE(ServerCookies({secret(kOther)}).check(reply(checked), kClient.get(), 1559731985).valid);
}

TEST(ServerCookieTest, Ipv6) {
  ServerCookies cookies({secret(kSecret)});
  auto client = SocketAddress::parse("2001:db8::1", 53).value();
  auto neighbour = SocketAddress::parse("2001:db8::2", 53).value();
  auto given = reply(cookies.check(octets("2464c4abcf10c957"), client.get(), 1559731985));
  EXPECT_TRUE(cookies.check(given, client.get(), 1559731985).valid);
  EXPECT_FALSE(cookies.check(given, neighbour.get(), 1559731985).valid);
}

TEST(ServerCookieTest, Secrets) {
  EXPECT_TRUE(ServerCookies::parse_secret("00112233445566778899AABBccddeeff").has_value());
  for (const char* bad : {"", "0011", "00112233445566778899aabbccddeefg", "00112233445566778899aabbccddeeff00"}) {
    EXPECT_FALSE(ServerCookies::parse_secret(bad).has_value()) << bad;
  }
  EXPECT_NE(ServerCookies::random_secret(), ServerCookies::random_secret());
}

}  // namespace
}  // namespace dotmesh
