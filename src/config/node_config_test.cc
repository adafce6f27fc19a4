#include "config/node_config.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace dotmesh {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

std::string faults_of(std::string_view text) {
  Diagnostics diagnostics;
  parse_node_config(text, "/etc/dotmesh/node.toml", diagnostics);
  std::string out;
  for (const Diagnostic& d : diagnostics.all()) out += render_text(d);
  return out;
}

// The node file of the design, every key.
constexpr std::string_view kDesignExample = R"([node]
name  = "sn3"
state = "/var/lib/dotmesh"
workers = 1
user = "dotmesh"
[source]
repo = "https://example.org/net.git"
branch = "main"
interval = "90s"
[[listen]]
address = "127.0.0.1@5353"
role = ["authority"]
[[listen]]
address = "2001:db8::53"
[http]
address = "127.0.0.1"
[resolver]
root_hints    = "hints/root"
trust_anchors = "anchors"
negative_trust_anchors = ["example."]
cache_size    = "64MiB"
cache_min_ttl = "1s"
cache_max_ttl = "2d"
qname_minimisation = false
priming = false
prefetch = false
serve_stale = "0s"
cookies = false
randomise_case = true
special_use_names = false
ipv4 = false
ipv6 = false
edns_buffer_size = 1400
allow_loopback_servers = true
persist_cache = false
[[resolver.forward]]
zone = "example."
to   = ["192.0.2.53", "192.0.2.54@5353"]
)";

TEST(NodeConfigTest, ReadsEveryKeyOfTheDesign) {
  Diagnostics diagnostics;
  NodeConfig c = parse_node_config(kDesignExample, "/etc/dotmesh/node.toml", diagnostics);
  EXPECT_EQ(render_text(diagnostics), "0 errors, 0 warnings\n");
  EXPECT_EQ(c.node.name, "sn3");
  EXPECT_EQ(c.node.state.path, "/var/lib/dotmesh");
  EXPECT_EQ(c.node.workers, 1U);
  EXPECT_EQ(c.node.user.value, "dotmesh");
  EXPECT_EQ(c.source.repo.location, "https://example.org/net.git");
  EXPECT_EQ(c.source.branch, "main");
  EXPECT_EQ(c.source.interval, seconds(90));
  ASSERT_EQ(c.listen.size(), 2U);
  EXPECT_EQ(c.listen[0].address.to_string(), "127.0.0.1@5353");
  EXPECT_TRUE(c.listen[0].role.authority());
  EXPECT_FALSE(c.listen[0].role.resolver());
  EXPECT_EQ(c.listen[1].address.to_string(), "2001:db8::53@53");
  EXPECT_EQ(c.listen[1].role.bits, kRoleAuthority | kRoleResolver);
  EXPECT_EQ(c.listen[1].place.line, 13U);
  EXPECT_EQ(c.http.address->value.to_string(), "127.0.0.1@8353");
  EXPECT_EQ(c.resolver.root_hints.path, "/etc/dotmesh/hints/root");
  EXPECT_EQ(c.resolver.trust_anchors->path, "/etc/dotmesh/anchors");
  ASSERT_EQ(c.resolver.negative_trust_anchors.size(), 1U);
  EXPECT_EQ(c.resolver.cache_size.bytes, 64U << 20);
  EXPECT_EQ(c.resolver.cache_min_ttl, seconds(1));
  EXPECT_EQ(c.resolver.cache_max_ttl, hours(48));
  EXPECT_EQ(c.resolver.serve_stale, seconds(0));
  for (bool off : {c.resolver.qname_minimisation, c.resolver.priming, c.resolver.prefetch,
                   c.resolver.cookies, c.resolver.special_use_names, c.resolver.ipv4, c.resolver.ipv6,
                   c.resolver.keeps_cache()}) {
    EXPECT_FALSE(off);
  }
  EXPECT_TRUE(c.resolver.randomise_case);
  EXPECT_TRUE(c.resolver.allow_loopback_servers);
  EXPECT_EQ(c.resolver.edns_buffer_size, 1400U);
  ASSERT_EQ(c.resolver.forward.size(), 1U);
  EXPECT_EQ(c.resolver.forward[0].zone.value.to_string(), "example.");
  ASSERT_EQ(c.resolver.forward[0].to.size(), 2U);
  EXPECT_EQ(c.resolver.forward[0].to[0].value.to_string(), "192.0.2.53@53");
  EXPECT_EQ(c.resolver.forward[0].to[1].value.to_string(), "192.0.2.54@5353");
  EXPECT_EQ(c.resolver.forward[0].to[1].place.column, 23U);
}

TEST(NodeConfigTest, Defaults) {
  Diagnostics diagnostics;
  NodeConfig c = parse_node_config({}, "node.toml", diagnostics);
  EXPECT_EQ(render_text(diagnostics), "0 errors, 0 warnings\n");
  EXPECT_EQ(c.node.state.path, "/var/lib/dotmesh");
  EXPECT_EQ(c.source.interval, seconds(60));
  EXPECT_TRUE(c.source.repo.empty());
  EXPECT_TRUE(c.listen.empty());
  EXPECT_FALSE(c.http.address.has_value());
  EXPECT_FALSE(c.resolver.trust_anchors.has_value());
  EXPECT_EQ(c.resolver.cache_size.bytes, 256U << 20);
  EXPECT_EQ(c.resolver.cache_max_ttl, hours(24));
  EXPECT_EQ(c.resolver.serve_stale, hours(72));
  EXPECT_EQ(c.resolver.edns_buffer_size, 1232U);
  EXPECT_TRUE(c.resolver.qname_minimisation);
  EXPECT_FALSE(c.resolver.allow_loopback_servers);
}

TEST(NodeConfigTest, TheCacheIsKeptUnlessTheNodeResolvesForEveryone) {
  const auto keeps = [](const std::string& lines, const char* told = "0 errors, 0 warnings\n") {
    Diagnostics diagnostics;
    const bool kept = parse_node_config("[resolver]\n" + lines, "node.toml", diagnostics).resolver.keeps_cache();
    EXPECT_EQ(render_text(diagnostics), told);
    return kept;
  };
  EXPECT_TRUE(keeps(""));
  EXPECT_TRUE(keeps("allow = [\"10.0.0.0/8\"]"));
  EXPECT_FALSE(keeps("public = true"));
  EXPECT_FALSE(keeps("allow = [\"10.0.0.0/8\", \"::/0\"]"));
  EXPECT_FALSE(keeps("persist_cache = false"));
  EXPECT_TRUE(keeps("public = true\npersist_cache = true",
                    "node.toml:3:1: warning: the node resolves for everyone, and names that strangers ask for will be "
                    "in a file of the state folder\n"
                    "    3 | persist_cache = true\n"
                    "      | ^~~~~~~~~~~~~  leave \"persist_cache\" out, or write false\n"
                    "0 errors, 1 warning\n"));
}

TEST(NodeConfigTest, ValuesThatNoTypeCanCheckHaveTheirPlace) {
  Diagnostics diagnostics;
  parse_node_config(
      "[limits]\ncookie_secrets = [\"00112233445566778899aabbccddeeff\", \"00112233445566778899aabbccddeefx\"]\n"
      "[anycast]\nmethod = \"brid\"\n",
      "node.toml", diagnostics);
  EXPECT_EQ(render_text(diagnostics),
            "node.toml:2:55: error: a cookie secret has 32 hexadecimal digits, this has other octets\n"
            "    2 | cookie_secrets = [\"00112233445566778899aabbccddeeff\", \"00112233445566778899aabbccddeefx\"]\n"
            "      |                                                       ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~  make one "
            "with `openssl rand -hex 16`\n"
            "node.toml:4:10: error: \"brid\" is no method\n"
            "    4 | method = \"brid\"\n"
            "      |          ^~~~~~  write \"bird\" or \"interface\"\n"
            "2 errors, 0 warnings\n");
}

TEST(NodeConfigTest, PathsStartAtTheFilesFolder) {
  const auto repo = [](const char* text, const char* file) {
    Diagnostics diagnostics;
    return parse_node_config(std::string("[source]\nrepo = \"") + text + "\"\n", file, diagnostics)
        .source.repo.location;
  };
  EXPECT_EQ(repo("net.git", "/etc/dotmesh/node.toml"), "/etc/dotmesh/net.git");
  EXPECT_EQ(repo("../net.git", "conf/node.toml"), "conf/../net.git");
  EXPECT_EQ(repo("net.git", "node.toml"), "./net.git");
  EXPECT_EQ(repo("/srv/net.git", "/etc/node.toml"), "/srv/net.git");
  EXPECT_EQ(repo("git@example.org:net.git", "/etc/node.toml"), "git@example.org:net.git");
  EXPECT_EQ(repo("ssh://git@example.org/net.git", "/etc/node.toml"), "ssh://git@example.org/net.git");
  EXPECT_EQ(repo("./a:b", "/etc/node.toml"), "/etc/./a:b");
}

TEST(NodeConfigTest, AllFaultsInOneRun) {
  EXPECT_EQ(faults_of(R"([node]
name = 3
sate = "/x"
[source]
interval = "60"
repo = "a"
path = "b"
[[listen]]
adress = "127.0.0.1"
[listn]
x = 1
[resolver]
edns_buffer_size = 100
priming = "yes"
cache_min_ttl = "1h"
cache_max_ttl = "1m"
)"),
            R"(/etc/dotmesh/node.toml:2:8: error: "name" must be a string, this is an integer
    2 | name = 3
      |        ^  The node's name, told in NSID and CHAOS TXT id.server; without it the host's name.
/etc/dotmesh/node.toml:3:1: error: no setting "sate" in [node]
    3 | sate = "/x"
      | ^~~~  did you mean "state"?
/etc/dotmesh/node.toml:5:12: error: "60" is not a duration
    5 | interval = "60"
      |            ^~~~  write a number and a unit, such as "200ms", "60s", "5m", "1h30m", "3d"
/etc/dotmesh/node.toml:7:1: error: "path" beside "repo" (repo at /etc/dotmesh/node.toml:6:1)
    7 | path = "b"
      | ^~~~  keep one of the two
/etc/dotmesh/node.toml:8:1: error: [[listen]] has no "address"
    8 | [[listen]]
      | ^~~~~~~~~~  Where queries are answered over UDP and TCP, ADDRESS[@PORT]; it need not be on the machine yet.
/etc/dotmesh/node.toml:9:1: error: no setting "adress" in [[listen]]
    9 | adress = "127.0.0.1"
      | ^~~~~~  did you mean "address"?
/etc/dotmesh/node.toml:10:2: error: no setting "listn" in the file
   10 | [listn]
      |  ^~~~~  did you mean "listen"?
/etc/dotmesh/node.toml:13:20: error: "edns_buffer_size" is 100, below its least value
   13 | edns_buffer_size = 100
      |                    ^~~  write at least 512
/etc/dotmesh/node.toml:14:11: error: "priming" must be true or false without quotes, this is a string
   14 | priming = "yes"
      |           ^~~~~  Ask a root server for the current root servers (RFC 8109).
/etc/dotmesh/node.toml:15:1: error: "cache_min_ttl" is above "cache_max_ttl"
   15 | cache_min_ttl = "1h"
      | ^~~~~~~~~~~~~  write at most "1m"
)");
}

TEST(NodeConfigTest, ARepositorysSchemeIsOneThatCanBeFetchedBy) {
  const auto repo = [](const char* text) { return faults_of(fmt::format("[source]\nrepo = \"{}\"\n", text)); };
  EXPECT_EQ(repo("htps://example.org/net.git"),
            "/etc/dotmesh/node.toml:2:8: error: \"htps\" is no scheme of a git repository\n"
            "    2 | repo = \"htps://example.org/net.git\"\n"
            "      |        ^~~~~~~~~~~~~~~~~~~~~~~~~~~~  did you mean \"https\"?\n");
  EXPECT_NE(repo("gopher://example.org/net.git").find("write https://, ssh://,"), std::string::npos);
  for (const char* good : {"file:///srv/net.git", "git@example.org:net.git", "/srv/net"}) EXPECT_EQ(repo(good), "") << good;
}

TEST(NodeConfigTest, APlainFolderHasNoBranch) {
  EXPECT_EQ(faults_of("[source]\npath = \"net\"\nbranch = \"main\"\n"),
            "/etc/dotmesh/node.toml:3:1: warning: \"branch\" says nothing about a plain folder\n"
            "    3 | branch = \"main\"\n"
            "      | ^~~~~~  leave it out, or name a git repository with \"repo\"\n");
}

TEST(NodeConfigTest, ForwardZonesHaveServersAndStandOnce) {
  EXPECT_EQ(faults_of("[[resolver.forward]]\nzone = \"x.\"\nto = []\n"
                      "[[resolver.forward]]\nzone = \"X\"\nto = [\"192.0.2.1\"]\n"),
            "/etc/dotmesh/node.toml:3:6: error: \"to\" is empty\n"
            "    3 | to = []\n"
            "      |      ^~  The servers to ask, ADDRESS[@PORT].\n"
            "/etc/dotmesh/node.toml:5:8: error: \"X.\" is forwarded twice (first at /etc/dotmesh/node.toml:2:8)\n"
            "    5 | zone = \"X\"\n"
            "      |        ^~~  keep one, with the servers of both\n");
}

TEST(NodeConfigTest, WhatTurnsOutLaterIsToldAtItsLine) {
  Diagnostics diagnostics;
  const NodeConfig config = parse_node_config("[node]\nuser = \"x\"\nstate = \"s\"\n", "node.toml", diagnostics);
  EXPECT_EQ(render_text(config.fault(Severity::kError, "user", config.node.user.place, Error{"no user; make one"})),
            "node.toml:2:8: error: no user\n"
            "    2 | user = \"x\"\n"
            "      |        ^~~  make one\n");
  EXPECT_EQ(config.at(config.node.state.place), "node.toml:3:9: ");
  EXPECT_EQ(config.at(config.control.socket.place), "");
  const NodeConfig unwritten = default_node_config();
  EXPECT_EQ(render_text(unwritten.fault(Severity::kError, "state-folder", unwritten.node.state.place, Error{"full"})),
            "dotmesh serve: error: full\n");
}

TEST(NodeConfigTest, WrongTableKinds) {
  EXPECT_EQ(faults_of("[listen]\naddress = \"127.0.0.1\"\n"),
            "/etc/dotmesh/node.toml:1:2: error: \"listen\" is a repeated table, not a table\n"
            "    1 | [listen]\n"
            "      |  ^~~~~~  write [[listen]] and the settings below it\n");
  EXPECT_EQ(faults_of("node = \"x\"\n"),
            "/etc/dotmesh/node.toml:1:1: error: \"node\" is a table, not a string\n"
            "    1 | node = \"x\"\n"
            "      | ^~~~  write [node] and the settings below it\n");
  EXPECT_EQ(faults_of("[[listen]]\naddress = \"127.0.0.1\"\nrole = [\"primary\"]\n"),
            "/etc/dotmesh/node.toml:3:9: error: \"primary\" is not a role\n"
            "    3 | role = [\"primary\"]\n"
            "      |         ^~~~~~~~~  write \"authority\" or \"resolver\"\n");
}

TEST(NodeConfigTest, SameAddressTwice) {
  EXPECT_EQ(faults_of("[[listen]]\naddress = \"::1\"\n[[listen]]\naddress = \"0::1@53\"\n"),
            "/etc/dotmesh/node.toml:3:1: error: ::1@53 is listened on twice ([[listen]] at "
            "/etc/dotmesh/node.toml:1:1)\n"
            "    3 | [[listen]]\n"
            "      | ^~~~~~~~~~  keep one [[listen]] and give it both roles\n");
}

TEST(NodeConfigTest, BoundsOfText) {
  EXPECT_EQ(faults_of("[node]\nname = \"" + std::string(256, 'x') + "\"\n").substr(0, 93),
            "/etc/dotmesh/node.toml:2:8: error: \"name\" is 256 octets, above its greatest value\n"
            "    2 | nam");
  EXPECT_NE(faults_of("[node]\nname = \"a\\nb\"\n").find("holds a control character"), std::string::npos);
  EXPECT_EQ(faults_of("[node]\nname = \"\"\n"),
            "/etc/dotmesh/node.toml:2:8: error: \"name\" is empty\n"
            "    2 | name = \"\"\n"
            "      |        ^~  The node's name, told in NSID and CHAOS TXT id.server; without it the host's name.\n");
}

TEST(NodeConfigTest, UnreadableFile) {
  Diagnostics diagnostics;
  load_node_config("/nonexistent/node.toml", diagnostics);
  EXPECT_EQ(render_text(diagnostics),
            "/nonexistent/node.toml: error: cannot read the node file: No such file or directory\n"
            "      give the right file with --config\n"
            "1 error, 0 warnings\n");
}

TEST(NodeConfigTest, AnycastMethods) {
  EXPECT_EQ(faults_of("[anycast]\nmethod = \"ospf\"\n"),
            "/etc/dotmesh/node.toml:2:10: error: \"ospf\" is no method\n"
            "    2 | method = \"ospf\"\n"
            "      |          ^~~~~~  write \"bird\" or \"interface\"\n");
  for (const char* good : {"dm_{address}", "dns", "Anycast_{address}_x"})
    EXPECT_EQ(faults_of(fmt::format("[anycast]\nbird_protocol = \"{}\"\n", good)), "") << good;
  // By the last of them all of BIRD's protocols would be switched off.
  for (const char* bad : {"a b", "x;quit", "1dns", "dm_{adress}", "dm_{address}*", "{address}"})
    EXPECT_NE(faults_of(fmt::format("[anycast]\nbird_protocol = \"{}\"\n", bad)), "") << bad;
  EXPECT_EQ(faults_of("[anycast]\ninterface = \"a/b\"\nbird_protocol = \"{address}\"\n"),
            "/etc/dotmesh/node.toml:2:13: error: \"a/b\" cannot be an interface's name\n"
            "    2 | interface = \"a/b\"\n"
            "      |             ^~~~~  write letters, digits, \"-\" and \"_\"\n"
            "/etc/dotmesh/node.toml:3:17: error: \"{address}\" cannot be the name of a protocol of dotmesh's\n"
            "    3 | bird_protocol = \"{address}\"\n"
            "      |                 ^~~~~~~~~~~  write letters, digits and \"_\", beginning with a word that no other protocol's name "
            "begins with, such as \"dotmesh_{address}\"\n");
  EXPECT_EQ(default_node_config().anycast.method, "");
  EXPECT_EQ(default_node_config().anycast.probe_interval, std::chrono::milliseconds(75));
}

}  // namespace
}  // namespace dotmesh
