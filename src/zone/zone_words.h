// What a word of a zone file looks like: an address, a TTL, a class, a name, a misspelt type.
// Used to say what its writer meant. Pure functions, any thread.
#pragma once

#include <string>
#include <string_view>

namespace dotmesh {

std::string upper_case(std::string_view text);

bool is_number(std::string_view text);
bool is_ttl_word(std::string_view text);    // 3600, 1h, 1d12h
bool is_class_word(std::string_view text);  // IN, CH, HS, CS, CLASS1
// Digits and dots, meant as an IPv4 address whether right or wrong.
bool looks_like_ipv4(std::string_view text);
// Hexadecimal digits and at least two colons.
bool looks_like_ipv6(std::string_view text);
// Letters, digits, "-" and "_" with a dot among them.
bool is_name_like(std::string_view text);

// Why a word that looks like an IPv4 address is none: `octet "256" is above 255`.
std::string ipv4_fault(std::string_view text);
// The record type that was probably meant; empty when none is near.
std::string_view nearest_type(std::string_view text);

}  // namespace dotmesh
