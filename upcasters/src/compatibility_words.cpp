#include <foldline/upcasters/schema_check.hpp>

#include <array>

namespace foldline::inline v0 {
namespace {

constexpr std::array modes{
    compatibility_mode::none,           compatibility_mode::backward,           compatibility_mode::backward_transitive,
    compatibility_mode::forward,        compatibility_mode::forward_transitive, compatibility_mode::full,
    compatibility_mode::full_transitive};
constexpr std::array levels{schema_level::wire, schema_level::json, schema_level::source};

}  // namespace

std::string_view word_of(compatibility_mode mode) {
    switch (mode) {
        case compatibility_mode::none: return "none";
        case compatibility_mode::backward: return "backward";
        case compatibility_mode::backward_transitive: return "backward_transitive";
        case compatibility_mode::forward: return "forward";
        case compatibility_mode::forward_transitive: return "forward_transitive";
        case compatibility_mode::full: return "full";
        case compatibility_mode::full_transitive: return "full_transitive";
    }
    return {};
}

std::string_view word_of(schema_level level) {
    switch (level) {
        case schema_level::wire: return "wire";
        case schema_level::json: return "json";
        case schema_level::source: return "source";
    }
    return {};
}

std::span<const compatibility_mode> every_compatibility_mode() { return modes; }

std::span<const schema_level> every_schema_level() { return levels; }

}  // namespace foldline::inline v0
