// For tests: zones from text, and answers as text.
#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "authority/answerer.h"
#include "dns/testing.h"
#include "zone/file_tree.h"
#include "zone/zone_builder.h"
#include "zone/zone_reader.h"

namespace dotmesh::testing {

inline std::shared_ptr<const Zone> make_zone(std::string_view origin, std::string text) {
  Name name = Name::parse(origin).value();
  MemoryTree tree({{"zone", std::move(text)}});
  Diagnostics diagnostics;
  ZoneReader reader(tree, diagnostics);
  ZoneBuilder builder(name);
  EXPECT_TRUE(reader.read("zone", name, builder)) << render_text(diagnostics);
  auto zone = builder.build(1);
  EXPECT_TRUE(zone.has_value());
  return zone.value();
}

inline std::string ask(const ZoneSet& zones, std::string_view qname, RRType qtype, QueryOptions options = {},
                       std::size_t limit = 1232) {
  std::vector<std::uint8_t> query = make_query(qname, qtype, options);
  QueryMessage message;
  EXPECT_EQ(message.parse(query), QueryVerdict::kAnswer);
  std::vector<std::uint8_t> out(limit);  // exactly, so that ASan sees a write behind it
  ResponseWriter writer(out, limit, query, message);
  Answerer(zones, message, writer).answer();
  out.resize(writer.finish());
  return to_text(out);
}

}  // namespace dotmesh::testing
