#include "network/rdata_text.h"

#include <arpa/inet.h>
#include <fmt/format.h>

extern "C" {
#include <libzscanner/scanner.h>
}

#include <algorithm>
#include <cctype>

namespace dotmesh {
namespace {

// A ";" outside quotes would make the rest a comment, and a line end another record.
std::string_view hidden_text(std::string_view text) {
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); i++) {
    if (text[i] == '\n' || text[i] == '\r') return "it has a line end";
    if (text[i] == '\\') {
      i++;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (text[i] == ';' && !quoted) {
      return "\";\" begins a comment; put the text in quotes";
    }
  }
  return {};
}

}  // namespace

struct RdataText::State {
  Name origin;
  std::unique_ptr<zs_scanner_t> scanner;  // 200 KiB; made when a type first needs it
  std::string line;
  std::uint8_t address[16];

  ~State() { close(); }
  void close() {
    if (scanner) zs_deinit(scanner.get());
    scanner.reset();
  }
  bool open() {
    if (scanner) return true;
    scanner = std::make_unique<zs_scanner_t>();
    if (zs_init(scanner.get(), origin.to_string().c_str(), 1, 3600) == 0) return true;
    scanner.reset();
    return false;
  }
};

RdataText::RdataText(NameView origin) : state_(std::make_unique<State>()) { state_->origin = origin; }
RdataText::~RdataText() = default;

Result<std::span<const std::uint8_t>> RdataText::parse(RRType type, std::string_view text) {
  State& s = *state_;
  if (type == RRType::kA || type == RRType::kAAAA) {
    // The scanner would do; this is quicker and knows what to say.
    bool v4 = type == RRType::kA;
    s.line = text;
    if (s.line.find('\0') == std::string::npos &&
        inet_pton(v4 ? AF_INET : AF_INET6, s.line.c_str(), s.address) == 1) {
      return std::span<const std::uint8_t>(s.address, v4 ? 4 : 16);
    }
    return fail(v4 ? fmt::format("\"{}\" is not an IPv4 address; four numbers from 0 to 255 without "
                                 "leading zeros",
                                 text)
                   : fmt::format("\"{}\" is not an IPv6 address; such as 2001:db8::1", text));
  }
  if (std::string_view why = hidden_text(text); !why.empty()) {
    return fail(fmt::format("in \"{}\" {}", text, why));
  }
  if (!s.open()) return fail(fmt::format("\"{}\" cannot be scanned", text));
  s.line = fmt::format(". 3600 IN {} {}\n", to_string(type), text);
  bool read = zs_set_input_string(s.scanner.get(), s.line.data(), s.line.size()) == 0 &&
              zs_parse_record(s.scanner.get()) == 0 && s.scanner->state == ZS_STATE_DATA;
  if (read && !s.scanner->multiline) {
    return std::span<const std::uint8_t>(s.scanner->r_data, s.scanner->r_data_length);
  }
  std::string why = read ? "a parenthesis is left open" : zs_strerror(s.scanner->error.code);
  s.close();  // an error may leave it in the middle of a record
  if (!why.empty()) why[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(why[0])));
  return fail(fmt::format("\"{}\" is not the RDATA of {}: {}", text, to_string(type), why));
}

}  // namespace dotmesh
