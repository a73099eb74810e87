#include "attack_line.hpp"

#include "support/seed.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace foldline_tests {
namespace {

void print_line(const std::string& line) {
    fmt::print("{}\n", line);
    std::fflush(stdout);  // a long run is watched, and a child must not inherit what waits to be written
}

}  // namespace

std::uint64_t attack_seed() {
    static const std::uint64_t seed = seed_of_this_run();
    return seed;
}

attack_line::attack_line(std::string name)
    : name_(std::move(name)), random_(attack_seed()), began_(std::chrono::steady_clock::now()) {}

attack_line::~attack_line() { print_line(to_string()); }

void attack_line::add(std::string_view what, std::int64_t number) {
    const auto known =
        std::find_if(counts_.begin(), counts_.end(), [&](const counted& one) { return one.what == what; });
    if (known == counts_.end()) counts_.push_back({std::string(what), number});
    else known->number += number;
}

std::int64_t attack_line::count(std::string_view what) const {
    const auto known =
        std::find_if(counts_.begin(), counts_.end(), [&](const counted& one) { return one.what == what; });
    return known == counts_.end() ? 0 : known->number;
}

std::string attack_line::to_string() const {
    std::string line = name_ + ":";
    for (const counted& one : counts_) line += fmt::format(" {} {},", one.number, one.what);
    line += " " + found.to_string();
    if (reordered) line += fmt::format(" reordered={}", *reordered);
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - began_;
    return line + fmt::format(" seed={} {:.1f} s", attack_seed(), spent.count());
}

void print_skipped(std::string_view attack, std::string_view reason) {
    print_line(fmt::format("SKIPPED: {}: {}", attack, reason));
}

}  // namespace foldline_tests
