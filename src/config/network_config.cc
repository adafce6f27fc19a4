#include "config/network_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <unordered_set>

#include "config/forward_rows.h"

namespace dotmesh {
namespace {

// The longest template: a TXT record's worth of text. Bounds what a million generated records cost.
constexpr std::int64_t kMaxTemplate = 1024;
constexpr std::int64_t kMaxTtl = 2'147'483'647'000;  // RFC 2181 section 8, in milliseconds

constexpr Setting kNetworkRows[] = {
    setting<&NetworkSection::name>("name", {}, "The network's name, for people.", {.most = 255}),
    setting<&NetworkSection::mesh_prefixes>(
        "mesh_prefixes", {},
        "The network's own addresses: their holders are the client class mesh, everyone else is public."),
    setting<&NetworkSection::acknowledge>(
        "acknowledge", {},
        "Findings of `dotmesh check` that are meant so, as \"CODE:SUBJECT\": \"two-addresses:wiki.mesh.\", "
        "\"two-names:10.0.0.1\".",
        {.least = 1, .most = 512}),
};

constexpr Setting kGenerateRows[] = {
    required_setting<&GenerateEntry::range>(
        "range", "The numbers n takes, \"FIRST-LAST\" or \"FIRST-LAST/STEP\".", {.least = 1, .most = 64}),
    required_setting<&GenerateEntry::owner>(
        "owner", "Template of the owner name, relative to the zone.", {.least = 1, .most = kMaxTemplate}),
    required_setting<&GenerateEntry::type>("type", "RR type, such as \"A\".", {.least = 1, .most = 16}),
    required_setting<&GenerateEntry::rdata>(
        "rdata",
        "Template of the RDATA as in a zone file. {n} is the number; {n/100}, {n%100+1}, {(n-1)*4} count "
        "with + - * / % in integers; {n:03} pads with zeros, {n:x} and {n:04x} are hexadecimal.",
        {.least = 1, .most = kMaxTemplate}),
    setting<&GenerateEntry::ttl>("ttl", "\"1h\"", "TTL of the records.", {.most = kMaxTtl}),
};

constexpr TableSpec kZoneTables[] = {
    {"generate", true, "Records made by arithmetic on a range of numbers.", kGenerateRows, {},
     open_element<&ZoneDeclaration::generate>},
};

constexpr Setting kZoneRows[] = {
    required_setting<&ZoneDeclaration::name>("name", "The zone's name; absolute with or without final dot."),
    setting<&ZoneDeclaration::file>("file", {},
                              "The zone file, from the repository's root; a reverse zone needs none.",
                              {.least = 1, .most = 4096}),
    setting<&ZoneDeclaration::twins>("twins", {},
                               "Further names under which the same records, and those of the zone's "
                               "children, are served."),
    setting<&ZoneDeclaration::reverse_of>(
        "reverse_of", {},
        "For a zone below in-addr.arpa. or ip6.arpa.: the zones whose A and AAAA records give it PTR "
        "records."),
};

// A service address may be written as its host route, "10.10.10.10/32".
bool read_service_address(SettingReader& reader, const Setting& s, const RawValue& value, void* object) {
  RawValue plain = value;
  if (auto* text = std::get_if<std::string>(&plain.value)) {
    const std::string_view length = text->find(':') == std::string::npos ? "/32" : "/128";
    if (text->ends_with(length)) text->erase(text->size() - length.size());
  }
  return reader.read(s, plain, static_cast<ServiceEntry*>(object)->address);
}

constexpr Setting service_address_row() {
  Setting row = required_setting<&ServiceEntry::address>(
      "address", "An anycast address that several nodes present, ADDRESS[@PORT] or its host route, ADDRESS/32.");
  row.read = read_service_address;
  return row;
}

constexpr Setting kServiceRows[] = {
    service_address_row(),
    setting<&ServiceEntry::role>("role", "[\"authority\", \"resolver\"]", "What is answered there; one role may stand without brackets."),
};

constexpr Setting kNodeRows[] = {
    required_setting<&NodeEntry::name>("name", "The node's name, as [node] name in its node file.", {.least = 1, .most = 63}),
    required_setting<&NodeEntry::address>(
        "address", "Where the others ask how it is: the address of [http] in its node file, ADDRESS[@PORT].", {.port = 8353}),
};

constexpr TableSpec kResolverTables[] = {
    {"forward", true, "Names whose questions every resolver of the network sends to given servers.",
     kForwardRows, {}, open_element<&NetworkResolverSection::forward>},
};

constexpr TableSpec kNetworkTables[] = {
    {"network", false, "The network as a whole.", kNetworkRows, {}, open_member<&NetworkConfig::network>},
    {"zone", true, "A zone to serve; only zones that are listed are.", kZoneRows, kZoneTables,
     open_element<&NetworkConfig::zone>},
    {"resolver", false, "Recursive resolution on all nodes.", {}, kResolverTables,
     open_member<&NetworkConfig::resolver>},
    {"service", true, "A service address.", kServiceRows, {}, open_element<&NetworkConfig::service>},
    {"node", true, "A node of the network, for `dotmesh fleet` and the status page of the others.", kNodeRows, {},
     open_element<&NetworkConfig::node>},
};

constexpr TableSpec kNetworkFileSpec = {
    "network file", false,
    "The network file, dotmesh.toml at the root of the repository, tells what all nodes share. Without "
    "it, each file NAME.zone at the root is the zone NAME.",
    {}, kNetworkTables, nullptr};

std::string_view without_final_dot(std::string_view text) {
  if (text.ends_with('.')) text.remove_suffix(1);
  return text;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

void check_nodes(const SourceText& source, const NetworkConfig& config, Diagnostics& diagnostics) {
  std::unordered_set<std::string_view> names;
  for (const NodeEntry& node : config.node) {
    if (names.insert(node.name.value).second) continue;
    diagnostics.add(source.fault(Severity::kError, "duplicate-node", node.name.place,
                                 fmt::format("a second [[node]] \"{}\"", node.name.value), "a node is listed once"));
  }
  if (config.node.size() > kMaxFleetNodes) {
    diagnostics.add(source.fault(Severity::kError, "too-many-nodes", config.node[kMaxFleetNodes].place,
                                 fmt::format("more than {} [[node]]", kMaxFleetNodes),
                                 "every node asks all others: list those that serve many"));
  }
}

// Warnings: such commits have been served.
void check_services(const SourceText& source, const NetworkConfig& config, Diagnostics& diagnostics) {
  for (auto service = config.service.begin(); service != config.service.end(); ++service) {
    if (service->address.place.line == 0) continue;  // told already
    const SocketAddress& address = service->address.value;
    const auto first = std::ranges::find_if(config.service.begin(), service,
                                            [&](const ServiceEntry& other) { return other.address.value == address; });
    if (first == service) continue;
    Diagnostic d = source.fault(Severity::kWarning, "duplicate-service", service->place,
                                fmt::format("{} is a service address twice", address.to_string()),
                                "keep one [[service]], with the roles of both");
    d.counterpart = "[[service]]";
    d.counterpart_position = source.position(first->place);
    diagnostics.add(std::move(d));
  }
}

void check_acknowledged(const SourceText& source, const NetworkConfig& config, Diagnostics& diagnostics) {
  for (const Located<std::string>& entry : config.network.acknowledge) {
    if (entry.value.find(':') != std::string::npos) continue;
    diagnostics.add(source.fault(Severity::kWarning, "acknowledges-nothing", entry.place,
                                 fmt::format("\"{}\" acknowledges nothing", entry.value),
                                 "write \"CODE:SUBJECT\", such as \"two-addresses:wiki.mesh.\""));
  }
}

}  // namespace

bool NetworkConfig::acknowledged(std::string_view code, std::string_view subject) const {
  return std::ranges::any_of(network.acknowledge, [&](const Located<std::string>& entry) {
    std::string_view text = entry.value;
    std::size_t colon = text.find(':');
    return colon != std::string_view::npos && equal_ignoring_case(text.substr(0, colon), code) &&
           equal_ignoring_case(without_final_dot(text.substr(colon + 1)), without_final_dot(subject));
  });
}

NetworkConfig parse_network_config(const SourceText& source, Diagnostics& diagnostics) {
  NetworkConfig config;
  if (source.text().size() > kMaxConfigFile) {
    diagnostics.error("unreadable-file", {source.file(), 0, 0}, "the network file is above 16 MiB",
                      "split the network, or describe zones by files at the root");
    return config;
  }
  bool complete = false;
  RawTable raw = parse_toml(source, diagnostics, complete);
  SettingReader reader(source, {}, Severity::kWarning, diagnostics);
  reader.read_table(kNetworkFileSpec, {}, raw, {}, &config, complete);
  check_nodes(source, config, diagnostics);
  check_services(source, config, diagnostics);
  check_forwards(source, config.resolver.forward, diagnostics);
  check_acknowledged(source, config, diagnostics);
  return config;
}

const TableSpec& network_file_spec() { return kNetworkFileSpec; }

}  // namespace dotmesh
